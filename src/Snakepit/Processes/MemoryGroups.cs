namespace Snakepit.Processes;

/// <summary>The control groups that bound and count a process's memory.</summary>
/// <param name="Folders">The group's folder and those above it; none when there is no such group.</param>
/// <param name="IsVersion2">Which names the files in them have.</param>
internal readonly record struct MemoryGroups(IReadOnlyList<string> Folders, bool IsVersion2)
{
    /// <param name="cgroup">The process's /proc/PID/cgroup.</param>
    /// <param name="mountinfo">/proc/self/mountinfo.</param>
    public static MemoryGroups Find(string? cgroup, string? mountinfo)
    {
        string[] own = Lines(cgroup);
        string[][] mounts = [.. Lines(mountinfo).Select(static line => line.Split(' '))];
        // Version 1 first: where both are mounted, the memory controller is with the one that lists it.
        if (own.Select(static line => line.Split(':', 3)).FirstOrDefault(static line => line is [_, var controllers, _] && controllers.Split(',').Contains("memory")) is [_, _, var path]
            && FoldersOf(mounts, static (type, options) => type == "cgroup" && options.Split(',').Contains("memory"), path) is { Count: > 0 } groups)
        {
            return new MemoryGroups(groups, IsVersion2: false);
        }
        string? unified = own.FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal))?[3..];
        return new MemoryGroups(unified is null ? [] : FoldersOf(mounts, static (type, _) => type == "cgroup2", unified), IsVersion2: true);
    }

    /// <summary>The group's folder and those above it: each may have a limit of its own.</summary>
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
            // In a container the mount shows a part of the tree: the path is told from that part's root, or from the whole tree's.
            string inside = path.StartsWith(root + "/", StringComparison.Ordinal) ? path[root.Length..] : path == root ? "" : path;
            string[] parts = inside.Contains("..", StringComparison.Ordinal) ? [] : inside.Split('/', StringSplitOptions.RemoveEmptyEntries);
            for (int depth = parts.Length; depth >= 0; depth--)
            {
                folders.Add(string.Join('/', [point, .. parts[..depth]]));
            }
            return folders;
        }
        return folders;
    }

    private static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
