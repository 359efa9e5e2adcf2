namespace Snakepit.Tests.Architecture;

/// <summary>A folder whose types mention those of another.</summary>
/// <param name="From">The folder that uses the other.</param>
/// <param name="To">The folder that is used.</param>
/// <param name="Example">Where it is used.</param>
internal sealed record FolderArrow(string From, string To, TypeReference Example = default)
{
    public override string ToString() => Example == default ? $"{From} uses {To}" : $"{From} uses {To}: {Example}";

    /// <summary>The arrows that close a circle at any level: among the sub-folders of a folder, each with all that is in it, and the
    /// folder's own files, which are a room of their own.</summary>
    public static IEnumerable<string> Circles(IReadOnlyCollection<FolderArrow> arrows)
    {
        IEnumerable<string> parents = arrows.SelectMany(static arrow => Parents(arrow.From).Concat(Parents(arrow.To)));
        foreach (string parent in parents.Append(TypeFolders.Root).Distinct())
        {
            (string From, string To, FolderArrow Arrow)[] level =
            [
                .. arrows.Where(arrow => IsIn(parent, arrow.From) && IsIn(parent, arrow.To))
                    .Select(arrow => (From: RoomBelow(parent, arrow.From), To: RoomBelow(parent, arrow.To), arrow))
                    .Where(static arrow => arrow.From != arrow.To),
            ];
            ILookup<string, string> edges = level.ToLookup(static arrow => arrow.From, static arrow => arrow.To);
            foreach ((string from, string to, FolderArrow arrow) in level)
            {
                if (Reach(edges, to).Contains(from))
                {
                    yield return arrow.ToString();
                }
            }
        }
    }

    /// <summary>A folder and all that it is in.</summary>
    private static IEnumerable<string> Parents(string folder)
    {
        for (string? at = folder; !string.IsNullOrEmpty(at); at = Path.GetDirectoryName(at)?.Replace('\\', '/'))
        {
            yield return at;
        }
    }

    private static bool IsIn(string parent, string folder) =>
        parent == TypeFolders.Root || folder == parent || folder.StartsWith(parent + "/", StringComparison.Ordinal);

    private static string RoomBelow(string parent, string folder)
    {
        if (folder == parent)
        {
            return TypeFolders.Root;
        }
        string inner = parent == TypeFolders.Root ? folder : folder[(parent.Length + 1)..];
        return inner.Split('/')[0];
    }

    private static HashSet<string> Reach(ILookup<string, string> edges, string from)
    {
        HashSet<string> seen = [from];
        Stack<string> open = new(seen);
        while (open.TryPop(out string? room))
        {
            foreach (string next in edges[room].Where(seen.Add))
            {
                open.Push(next);
            }
        }
        return seen;
    }
}
