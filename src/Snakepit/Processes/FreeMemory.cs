using System.Globalization;
using System.Text;

namespace Snakepit.Processes;

/// <summary>
/// Reads how much memory this process and its children can still allocate: that of the machine, or less if their control groups limit it.
/// </summary>
internal sealed class FreeMemory
{
    // Version 1 writes "no limit" as a number, the largest multiple of the page size.
    private const long NoLimit = 1L << 60;

    private readonly Func<string, string?> _read;
    private readonly IReadOnlyList<string> _groups;
    private readonly bool _isVersion2;

    private FreeMemory(Func<string, string?> read, IReadOnlyList<string> groups, bool isVersion2)
    {
        _read = read;
        _groups = groups;
        _isVersion2 = isVersion2;
    }

    public static FreeMemory OfThisProcess() => Find(SystemFile.TryRead);

    /// <param name="read">Returns the text of a file, or null.</param>
    public static FreeMemory Find(Func<string, string?> read)
    {
        var own = ControlGroupFolders.Find(read("/proc/self/cgroup"), read("/proc/self/mountinfo"));
        return new FreeMemory(read, own.Folders, own.IsVersion2);
    }

    /// <summary>Returns the free memory in bytes; null when the system does not report it.</summary>
    public long? Read()
    {
        long? available = ProcText.Kilobytes(Encoding.ASCII.GetBytes(_read("/proc/meminfo") ?? ""), "MemAvailable:"u8);
        foreach (string group in _groups)
        {
            if ((_isVersion2 ? Room2(group) : Room1(group)) is { } room)
            {
                available = Math.Min(available ?? long.MaxValue, Math.Max(0, room));
            }
        }
        return available;
    }

    /// <summary>Returns the bytes that the control groups allow; null when none of them has a limit.</summary>
    public long? ReadLimit()
    {
        long least = _groups.Select(LimitOf).DefaultIfEmpty(NoLimit).Min();
        return least < NoLimit ? least : null;
    }

    private long LimitOf(string group) => _isVersion2
        ? Math.Min(Number($"{group}/memory.max") ?? NoLimit, Number($"{group}/memory.high") ?? NoLimit)
        : Number($"{group}/memory.limit_in_bytes") ?? NoLimit;

    private long? Room2(string group) => Room(LimitOf(group), Number($"{group}/memory.current"), group, "inactive_file");

    private long? Room1(string group) => Room(LimitOf(group), Number($"{group}/memory.usage_in_bytes"), group, "total_inactive_file");

    /// <summary>Counts inactive file pages as free: the system drops them before it kills any process.</summary>
    private long? Room(long limit, long? used, string group, string reclaimable) =>
        limit >= NoLimit || used is null ? null : limit - used + (Statistic($"{group}/memory.stat", reclaimable) ?? 0);

    /// <summary>Returns the number in a file; null when the file is missing or says "max".</summary>
    private long? Number(string file) =>
        long.TryParse(_read(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long number) ? number : null;

    private long? Statistic(string file, string name) =>
        Lines(_read(file)).FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal)) is { } line
        && long.TryParse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    private static string[] Lines(string? text) => text?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];
}
