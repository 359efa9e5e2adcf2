using System.Net;
using System.Net.Sockets;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>
/// Counts, by kind, the descriptors of this process that channels consist of. Those of file watchers do not count: .NET closes them on
/// a thread of its own, some time after a watcher was disposed.
/// </summary>
internal static class OpenDescriptors
{
    private const int Looks = 1_000;
    private static readonly string[] s_kinds = ["pipe:", "socket:", "anon_inode:", "/memfd:"];

    static OpenDescriptors()
    {
        // .NET keeps the descriptor of its event loop from the first asynchronous read on, so that comes before the first count.
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        _ = socket.ReceiveAsync();
    }

    public static IReadOnlyDictionary<string, int> Count() => Directory.GetFileSystemEntries("/proc/self/fd")
        .Select(static path => new FileInfo(path).LinkTarget ?? "") // the descriptor of the listing itself is closed by now
        .Where(static target =>
            s_kinds.Any(kind => target.StartsWith(kind, StringComparison.Ordinal)) && target is not "anon_inode:inotify")
        .GroupBy(static target => target.StartsWith("anon_inode:", StringComparison.Ordinal)
            ? target
            : target[..target.IndexOf(':', StringComparison.Ordinal)])
        .ToDictionary(static kind => kind.Key, static kind => kind.Count());

    /// <summary>Returns the kinds of which there are more than before. What was left is there at every look; a single look may meet the
    /// pipe with which .NET starts a thread.</summary>
    public static IReadOnlyDictionary<string, int> MoreThan(IReadOnlyDictionary<string, int> before)
    {
        var more = new Dictionary<string, int>();
        for (int look = 0; look < Looks; look++)
        {
            more = Count().Where(now => now.Value > before.GetValueOrDefault(now.Key)).ToDictionary();
            if (more.Count == 0)
            {
                break;
            }
            Thread.Yield();
        }
        return more;
    }
}
