namespace Snakepit.Lifecycle;

/// <summary>The names on the way to a file, each with the folder that it stands in, symbolic links and all that they lead through included. Whoever watches
/// them sees a link swapped and a folder replaced.</summary>
/// <param name="Steps">From the root on; when a name is missing, up to that.</param>
/// <param name="Target">Where the way leads; null when a name is missing.</param>
internal readonly record struct PathTrail(IReadOnlyList<(string Folder, string Name)> Steps, string? Target)
{
    private const int MaxLinks = 40; // as many as Linux follows

    public static PathTrail Of(string path)
    {
        string root = Path.GetPathRoot(Path.GetFullPath(path))!;
        var names = new Stack<string>();
        Push(names, Path.GetFullPath(path)[root.Length..]);
        List<(string Folder, string Name)> steps = [];
        string at = root;
        int links = 0;
        while (names.TryPop(out string? name))
        {
            if (name is ".." or ".")
            {
                at = name == ".." ? Path.GetDirectoryName(at) ?? root : at;
                continue;
            }
            steps.Add((at, name));
            string next = Path.Combine(at, name);
            if (new FileInfo(next).LinkTarget is { } target && links++ < MaxLinks)
            {
                at = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : at;
                Push(names, Path.IsPathRooted(target) ? target[at.Length..] : target);
            }
            else if (!Path.Exists(next))
            {
                return new PathTrail(steps, null);
            }
            else
            {
                at = next;
            }
        }
        return new PathTrail(steps, at);
    }

    private static void Push(Stack<string> names, string path)
    {
        foreach (string name in path.Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            names.Push(name);
        }
    }
}
