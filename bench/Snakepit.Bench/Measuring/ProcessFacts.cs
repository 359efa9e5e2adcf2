using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>Reads facts about processes from /proc.</summary>
internal static class ProcessFacts
{
    private const string ZombieState = "Z";
    private const int ParentField = 1; // fields count after the name, which may contain anything
    private const int UserTimeField = 11;
    private const int SystemTimeField = 12;

    /// <summary>Returns the CPU time of a process in ticks of 10 ms.</summary>
    public static long CpuTicks(int pid)
    {
        string[] fields = Stat(pid) ?? throw new InvalidRunException($"Process {pid} has ended.");
        return Number(fields[UserTimeField]) + Number(fields[SystemTimeField]);
    }

    /// <summary>Returns the private memory of a process in KiB.</summary>
    public static long PrivateKib(int pid) => MemoryKib(pid, "Private_Clean:") + MemoryKib(pid, "Private_Dirty:");

    /// <summary>Returns the memory of a process in KiB, with its share of shared memory.</summary>
    public static long ProportionalKib(int pid) => MemoryKib(pid, "Pss:");

    public static long ResidentKib(int pid) => MemoryKib(pid, "Rss:");

    public static bool IsZombie(int pid) => Stat(pid) is [ZombieState, ..];

    /// <summary>
    /// Returns the number of open files of a process, without the assemblies: .NET keeps those open from when it compiles the first code
    /// that needs them.
    /// </summary>
    public static int CountDescriptors(int pid) => Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Count(static path =>
        new FileInfo(path).LinkTarget?.EndsWith(".dll", StringComparison.Ordinal) is not true);

    /// <summary>Returns the names of a process's threads. The system cuts them to 15 characters.</summary>
    public static IEnumerable<string> ThreadNames(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .Select(static task => ReadOrNull(Path.Combine(task, "comm"))).OfType<string>();

    /// <summary>Returns the descendants of this process.</summary>
    public static IReadOnlyList<int> Descendants()
    {
        ILookup<long, int> children = Directory.EnumerateDirectories("/proc")
            .Select(static folder => int.TryParse(Path.GetFileName(folder), out int pid) ? pid : 0)
            .Where(static pid => pid != 0)
            .Select(static pid => (Pid: pid, Stat: Stat(pid)))
            .Where(static process => process.Stat is not null)
            .ToLookup(static process => Number(process.Stat![ParentField]), static process => process.Pid);
        var found = new List<int>(children[Environment.ProcessId]);
        for (int i = 0; i < found.Count; i++)
        {
            found.AddRange(children[found[i]]);
        }
        return found;
    }

    /// <summary>Returns one line of a process's memory, or 0 when the process has just ended.</summary>
    private static long MemoryKib(int pid, string name) =>
        ReadOrNull($"/proc/{pid}/smaps_rollup")?
            .Split('\n')
            .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } found
            ? Number(found.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])
            : 0;

    private static string[]? Stat(int pid) =>
        ReadOrNull($"/proc/{pid}/stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null;

    /// <summary>Reads a file of /proc. Returns null when the process has just ended.</summary>
    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
