using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Advice;

/// <summary>Says what to change about a pool, and why.</summary>
internal static class Advisor
{
    private const double Critical = 0.9;
    private const double Warning = 0.8;
    private const double Idle = 0.2;
    private const int ManyWorkers = 10;
    private const long MuchGrowth = 64L << 20;
    private const double FewCycles = 0.2; // of a worker's time: it mostly waits

    public static IEnumerable<Recommendation> Of(PoolInfo pool, PoolProfile profile) =>
    [
        .. Load(pool, profile), .. Rejections(pool), .. Memory(pool, profile), .. Lifetime(pool, profile), .. Profile(pool, profile),
    ];

    private static IEnumerable<Recommendation> Load(PoolInfo pool, PoolProfile profile)
    {
        string setting = profile.Profile == PoolProfile.Thread
            ? "ThreadsPerWorker or Size" : "Size, or MaxSize for a size that follows the load";
        if (profile.Utilization >= Critical)
        {
            yield return new Recommendation(
                "critical", $"{pool.Running} of {Shown.Count(profile.Capacity, "place")} {(pool.Running == 1 ? "runs" : "run")} a call, "
                    + $"and {Shown.Count(pool.QueueLength, "call", "waits", "wait")}.",
                $"Raise {setting}.");
        }
        else if (profile.Utilization >= Warning)
        {
            yield return new Recommendation(
                "warning", $"{Show.Percent(profile.Utilization)} of the places run a call.", $"Raise {setting}, before calls wait.");
        }
        else if (profile.Utilization < Idle && pool.Size > ManyWorkers)
        {
            yield return new Recommendation(
                "info", $"{Show.Percent(profile.Utilization)} of the places of {Shown.Count(pool.Size, "worker")} run a call.",
                "If that is so at busy times, too, lower Size or set MinSize: 'snakepit capacity-report' watches it.");
        }
    }

    private static IEnumerable<Recommendation> Rejections(PoolInfo pool)
    {
        if (pool.Rejected > 0)
        {
            yield return new Recommendation(
                "warning",
                $"{Shown.Count(pool.Rejected, "call", "was", "were")} rejected, of {Show.Number(pool.Accepted + pool.Rejected)}.",
                "Raise Size; a higher Queue.Limit or Queue.Timeout only lets calls wait for longer.");
        }
    }

    private static IEnumerable<Recommendation> Memory(PoolInfo pool, PoolProfile profile)
    {
        if (pool.RecyclesByReason.TryGetValue("memory_limit", out long killed))
        {
            yield return new Recommendation(
                "critical", $"{Shown.Count(killed, "worker", "was", "were")} killed during calls, because of Memory.HardLimit.",
                "Set Memory.SoftLimit well below Memory.HardLimit, so that they are replaced before.");
        }
        foreach (ToolInfo tool in (pool.Tools ?? []).Where(static tool => tool.MemoryPerCallBytes > 0))
        {
            yield return new Recommendation(
                "warning", $"A call of '{tool.Name}' leaves {Show.Growth(tool.MemoryPerCallBytes!.Value)} behind in its worker.",
                "Fix the tool. Until then, Memory.SoftLimit replaces workers in time, and so does Recycle.MaxRequests.");
        }
        if (profile.HighestGrowthBytes > MuchGrowth && profile.Option("Memory.SoftLimit") is null)
        {
            yield return new Recommendation(
                "warning", $"A worker has grown by {Show.Size(profile.HighestGrowthBytes)} since it was ready, and nothing limits that.",
                $"Set Memory.SoftLimit. 'snakepit tools {pool.Name}' shows which tool keeps memory, once that is certain.");
        }
        if (profile.NearestToSoftLimit >= Critical)
        {
            yield return new Recommendation(
                "warning", $"A worker has {Show.Percent(profile.NearestToSoftLimit)} of Memory.SoftLimit.",
                "Raise Memory.SoftLimit if workers need as much; else have the tool free what it keeps.");
        }
    }

    private static IEnumerable<Recommendation> Lifetime(PoolInfo pool, PoolProfile profile)
    {
        if (pool.RecyclesByReason.TryGetValue("worker_died", out long died))
        {
            yield return new Recommendation(
                "warning", $"{Shown.Count(died, "worker", "has", "have")} died.",
                $"See why: 'snakepit status {pool.Name}' lists the last deaths.");
        }
        if (pool.Overdue > 0)
        {
            yield return new Recommendation(
                "critical", $"{Shown.Count(pool.Overdue, "worker", "is", "are")} due to be replaced, but no replacement can start.",
                $"See why: 'snakepit status {pool.Name}'.");
        }
        if (profile.Option("Recycle.Ttl") is null && profile.Option("Recycle.MaxRequests") is null
            && profile.Option("Memory.SoftLimit") is null)
        {
            yield return new Recommendation(
                "info", "Workers are never replaced, whatever they leak.", "Set Recycle.Ttl, Recycle.MaxRequests or Memory.SoftLimit.");
        }
    }

    private static IEnumerable<Recommendation> Profile(PoolInfo pool, PoolProfile profile)
    {
        if (profile.Profile == PoolProfile.Thread && pool.Ready > 1 && pool.Running <= pool.Ready / 2)
        {
            yield return new Recommendation(
                "info", $"{Shown.Count(pool.Ready, "worker")} with threads run {Shown.Count(pool.Running, "call")}.",
                "Fewer workers would do. Profile = Process isolates calls from each other, if one at a time is enough.");
        }
        if (profile.Profile != PoolProfile.Thread && profile.Utilization >= Warning && profile.CpuShare < FewCycles
            && pool.Size >= ManyWorkers)
        {
            yield return new Recommendation(
                "info", $"The workers are busy, but compute for {Show.Percent(profile.CpuShare)} of their time: they wait.",
                "If the adapter is thread-safe, Profile = Thread with ThreadsPerWorker = 8 does the same in fewer processes.");
        }
    }
}
