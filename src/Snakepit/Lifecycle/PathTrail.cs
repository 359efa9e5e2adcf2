namespace Snakepit.Lifecycle;

/// <summary>
/// The names on the path to a file, each with its folder, including symbolic links and everything that they lead through. A watcher of all
/// of them notices a changed link and a replaced folder.
/// </summary>
/// <param name="Steps">The names from the root on, up to the first one that is missing.</param>
/// <param name="Target">The file that the path leads to; null when a name is missing.</param>
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
