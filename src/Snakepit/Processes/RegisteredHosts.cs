using System.Globalization;
using System.Text;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Reads which hosts have registered in a run folder and still run. Changes nothing there.</summary>
internal static class RegisteredHosts
{
    private const string HostLine = "host ";
    private const int MostText = 1024;

    /// <summary>Returns the process ids of the hosts, of those in this process's namespace of process ids.</summary>
    public static IReadOnlyList<int> Living(string folder) => OperatingSystem.IsLinux()
        ? [.. Directory.EnumerateFiles(folder).Where(static path => RunEntry.RunOf(path) is not null).Select(PidOf).OfType<int>()]
        : [];

    /// <summary>Returns the process of an entry; null when it has ended. A process with its id that has started at another time is not
    /// it.</summary>
    private static int? PidOf(string path) =>
        Read(path).Split('\n') is [var host, var place, ..] && place == HostRun.Place()
        && host.StartsWith(HostLine, StringComparison.Ordinal)
        && host[HostLine.Length..].Split(' ') is [var id, var start]
        && int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
        && long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out long started)
        && HostRun.StartOf(pid) == started
            ? pid
            : null;

    /// <summary>Returns the first lines of an entry. .NET's own files would try to lock it, which its host has done.</summary>
    private static string Read(string path)
    {
        byte[] text = new byte[MostText];
        return Encoding.UTF8.GetString(text, 0, Math.Max(0, ProcFile.Read(Encoding.UTF8.GetBytes(path + '\0'), text)));
    }
}
