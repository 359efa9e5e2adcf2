namespace Snakepit.Processes;

/// <summary>The control groups that limit and count what a process uses: its memory, or another resource.</summary>
/// <param name="Folders">The folders of the group and its parents; none when there is no such group.</param>
/// <param name="IsVersion2">Whether the files have the names of version 2.</param>
internal readonly record struct ControlGroupFolders(IReadOnlyList<string> Folders, bool IsVersion2)
{
    /// <param name="cgroup">The process's /proc/PID/cgroup.</param>
    /// <param name="mountinfo">/proc/self/mountinfo.</param>
    /// <param name="controller">The resource, by the name that the system has for what limits it.</param>
    public static ControlGroupFolders Find(string? cgroup, string? mountinfo, string controller = "memory")
    {
        string[] own = Lines(cgroup);
        string[][] mounts = [.. Lines(mountinfo).Select(static line => line.Split(' '))];
        // Version 1 first: where both are mounted, the memory controller belongs to the version that lists it.
        string[]? listed = own.Select(static line => line.Split(':', 3))
            .FirstOrDefault(line => line is [_, var controllers, _] && Has(controllers, controller));
        if (listed is [_, _, var path]
            && FoldersOf(mounts, (type, options) => type == "cgroup" && Has(options, controller), path) is { Count: > 0 } groups)
        {
            return new ControlGroupFolders(groups, IsVersion2: false);
        }
        string? unified = own.FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal))?[3..];
        return new ControlGroupFolders(
            unified is null ? [] : FoldersOf(mounts, static (type, _) => type == "cgroup2", unified), IsVersion2: true);
    }

    /// <summary>Returns the folders of the group and its parents, each of which may have a limit.</summary>
    private static List<string> FoldersOf(string[][] mounts, Func<string, string, bool> isWanted, string path)
    {
        List<string> folders = [];
        foreach (string[] mount in mounts)
        {
            int dash = Array.IndexOf(mount, "-");
            if (dash < 6 || mount.Length < dash + 4 || !isWanted(mount[dash + 1], mount[dash + 3]))
            {
                continue;
            }
            (string root, string point) = (mount[3].TrimEnd('/'), mount[4].TrimEnd('/'));
            // In a container, the mount shows a part of the tree. The path is relative to that part's root, or to the whole tree's.
            string inside = path.StartsWith(root + "/", StringComparison.Ordinal) ? path[root.Length..] : path == root ? "" : path;
            string[] parts =
                inside.Contains("..", StringComparison.Ordinal) ? [] : inside.Split('/', StringSplitOptions.RemoveEmptyEntries);
            for (int depth = parts.Length; depth >= 0; depth--)
            {
                folders.Add(string.Join('/', [point, .. parts[..depth]]));
            }
            return folders;
        }
        return folders;
    }

    private static bool Has(string controllers, string controller) => controllers.Split(',').Contains(controller);

    private static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
