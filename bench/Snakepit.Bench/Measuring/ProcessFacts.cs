using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>What /proc tells about processes.</summary>
internal static class ProcessFacts
{
    private const int ParentField = 1; // counted behind the name, which may contain anything
    private const int UserTimeField = 11;
    private const int SystemTimeField = 12;

    /// <summary>Ticks of CPU time, of 10 ms each, that a process has used.</summary>
    public static long CpuTicks(int pid)
    {
        string[] fields = Stat(pid) ?? throw new InvalidRunException($"Process {pid} has ended.");
        return Number(fields[UserTimeField]) + Number(fields[SystemTimeField]);
    }

    /// <summary>Memory in KiB that is this process's alone.</summary>
    public static long PrivateKib(int pid) => File.ReadLines($"/proc/{pid}/smaps_rollup")
        .Where(static line => line.StartsWith("Private_", StringComparison.Ordinal) && !line.StartsWith("Private_Hugetlb", StringComparison.Ordinal))
        .Sum(static line => Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));

    /// <summary>The processes below this one.</summary>
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

    private static string[]? Stat(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null; // it has just ended
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
