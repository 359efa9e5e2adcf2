using System.Globalization;

namespace Snakepit.Processes;

/// <summary>
/// Counts the processes that the system has killed because memory had run out. A count that has risen during the life of a killed process
/// explains its death. Each kill explains one death.
/// </summary>
/// <param name="read">Returns the text of a file, or null.</param>
internal sealed class OomKills(Func<string, string?> read)
{
    private const string Line = "oom_kill ";
    private const string WholeMachine = "/proc/vmstat";
    private readonly Lock _gate = new();
    private readonly Lazy<string?> _mounts = new(() => read("/proc/self/mountinfo"));
    private readonly Dictionary<string, string> _files = []; // by the text of the cgroup file: workers mostly share a group
    private readonly Dictionary<string, long> _explained = [];

    public static OomKills OfThisMachine() => new(SystemFile.TryRead);

    /// <summary>Returns the count of that process's group at the beginning of its life; null when there is none.</summary>
    public OomCount? Begin(int pid)
    {
        lock (_gate)
        {
            string groups = read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup")) ?? "";
            if (!_files.TryGetValue(groups, out string? file))
            {
                _files[groups] = file = FindFile(groups);
            }
            return Count(file) is { } kills ? new OomCount(file, kills) : null;
        }
    }

    /// <summary>Returns whether an out-of-memory kill explains the death of a killed process, and explains no earlier one.</summary>
    public bool Explain(OomCount begun)
    {
        lock (_gate)
        {
            long explained = Math.Max(begun.Kills, _explained.GetValueOrDefault(begun.File));
            if (Count(begun.File) is not { } kills || kills <= explained)
            {
                return false;
            }
            _explained[begun.File] = explained + 1;
            return true;
        }
    }

    /// <summary>Returns the file with the count. The root group of version 2 has none, so the machine's count stands for it.</summary>
    private string FindFile(string groups)
    {
        var own = ControlGroupFolders.Find(groups, _mounts.Value);
        string file = own.Folders.Count == 0 ? WholeMachine : own.Folders[0] + (own.IsVersion2 ? "/memory.events" : "/memory.oom_control");
        return Count(file) is null ? WholeMachine : file;
    }

    private long? Count(string file)
    {
        foreach (ReadOnlySpan<char> line in (read(file) ?? "").EnumerateLines())
        {
            if (line.StartsWith(Line, StringComparison.Ordinal)
                && long.TryParse(line[Line.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out long kills))
            {
                return kills;
            }
        }
        return null;
    }
}
