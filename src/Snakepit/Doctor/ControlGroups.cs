using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Doctor;

/// <summary>Checks what the control groups of this process leave for workers: memory, processes and processors.</summary>
/// <param name="read">Returns the text of a file, or null.</param>
internal sealed class ControlGroups(Func<string, string?> read)
{
    private const long NoLimit = 1L << 60; // version 1 writes "no limit" as a very large number
    private const double Least = 0.1; // of the memory that the group may have

    /// <summary>Compares the memory that this process may have with what the workers may take before they are replaced or killed.</summary>
    public void CheckMemory(string name, CheckList checks, IReadOnlyDictionary<string, PoolOptions> pools)
    {
        var memory = FreeMemory.Find(read);
        long? limit = memory.ReadLimit();
        if (limit is null)
        {
            checks.Ok(name, "No control group limits the memory.");
            return;
        }
        long free = Math.Min(memory.Read() ?? limit.Value, limit.Value);
        string found = $"The control group may use {Size(limit.Value)}, of which {Size(free)} are free.";
        long workers = pools.Values.Sum(static pool => (pool.Memory.HardLimit ?? pool.Memory.SoftLimit)?.Bytes * pool.MostWorkers ?? 0);
        if (workers > limit)
        {
            checks.Warn(
                name, $"{found} The workers may take {Size(workers)} before a limit of theirs ends them.",
                "Lower Size or Memory.HardLimit, or raise the limit of the control group, so that the system need not kill processes.");
        }
        else if (free < limit * Least)
        {
            checks.Warn(name, found, "Raise the limit of the control group, or lower Size: new workers may not find enough memory.");
        }
        else
        {
            checks.Ok(name, found);
        }
    }

    /// <summary>Compares the processes and threads that this process may have with what the workers need.</summary>
    public void CheckProcesses(string name, CheckList checks, long needed)
    {
        ControlGroupFolders groups = Find("pids");
        (long Limit, long Used)? tightest = null;
        foreach (string folder in groups.Folders)
        {
            if (Number($"{folder}/pids.max") is { } limit && limit < NoLimit)
            {
                (long Limit, long Used) group = (limit, Number($"{folder}/pids.current") ?? 0);
                tightest = tightest is { } known && known.Limit - known.Used <= group.Limit - group.Used ? known : group;
            }
        }
        if (tightest is not { } found)
        {
            checks.Ok(name, "No control group limits the processes.");
        }
        else if (found.Limit - found.Used < needed)
        {
            checks.Fail(
                name,
                $"The workers need about {needed} more processes and threads; "
                    + $"the control group may have {found.Limit} and has {found.Used}.",
                "Raise the limit of the control group (pids.max; docker run --pids-limit), or lower Size.");
        }
        else
        {
            checks.Ok(name, $"The control group may have {found.Limit} processes and threads and has {found.Used}.");
        }
    }

    /// <summary>Tells the processors that this process may use.</summary>
    public void CheckProcessors(string name, CheckList checks, int processors)
    {
        ControlGroupFolders groups = Find("cpu");
        double? quota = null;
        foreach (string folder in groups.Folders)
        {
            if ((groups.IsVersion2 ? Quota2(folder) : Quota1(folder)) is { } one)
            {
                quota = Math.Min(quota ?? double.MaxValue, one);
            }
        }
        string found = quota is { } limited
            ? string.Create(CultureInfo.InvariantCulture, $"The control group may use {limited:0.##} processors of {processors}.")
            : string.Create(CultureInfo.InvariantCulture, $"This process may use {processors} processors.");
        if (quota < 1)
        {
            checks.Warn(
                name, found,
                "Give the container a whole processor: with less, the host and every worker are stopped for a part of each period.");
        }
        else
        {
            checks.Ok(name, found);
        }
    }

    private static string Size(long bytes) => MemorySize.FromBytes(bytes).ToString();

    private ControlGroupFolders Find(string controller) =>
        ControlGroupFolders.Find(read("/proc/self/cgroup"), read("/proc/self/mountinfo"), controller);

    private double? Quota2(string folder) =>
        read($"{folder}/cpu.max")?.Split(' ', StringSplitOptions.TrimEntries) is [var quota, var period]
            && Parse(quota) is { } time && Parse(period) is > 0 and var every
            ? (double)time / every
            : null;

    private double? Quota1(string folder) =>
        Number($"{folder}/cpu.cfs_quota_us") is > 0 and var time && Number($"{folder}/cpu.cfs_period_us") is > 0 and var every
            ? (double)time / every
            : null;

    private long? Number(string file) => Parse(read(file));

    private static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
}
