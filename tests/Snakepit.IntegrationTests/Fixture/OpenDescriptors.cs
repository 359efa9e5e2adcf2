namespace Snakepit.IntegrationTests.Fixture;

/// <summary>
/// Counts, by kind, the descriptors of this process that channels consist of. Those of file watchers do not count: .NET closes them on
/// a thread of its own, some time after a watcher was disposed.
/// </summary>
internal static class OpenDescriptors
{
    private static readonly string[] s_kinds = ["pipe:", "socket:", "anon_inode:", "/memfd:"];

    public static IReadOnlyDictionary<string, int> Count() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Select(static path => new FileInfo(path).LinkTarget ?? "") // the descriptor of the listing itself is closed by now
        .Where(static target =>
            s_kinds.Any(kind => target.StartsWith(kind, StringComparison.Ordinal)) && target is not "anon_inode:inotify")
        .GroupBy(static target => target.StartsWith("anon_inode:", StringComparison.Ordinal)
            ? target
            : target[..target.IndexOf(':', StringComparison.Ordinal)])
        .ToDictionary(static kind => kind.Key, static kind => kind.Count());
}
