namespace Snakepit;

/// <summary>Workers in numbers: those alive now, and those replaced so far. Of one pool, or of all.</summary>
public sealed record LifecycleStatistics
{
    /// <summary>Worker processes that exist.</summary>
    public required int TotalWorkers { get; init; }

    /// <summary>The same, by pool.</summary>
    public required IReadOnlyDictionary<string, int> WorkersByPool { get; init; }

    /// <summary>Calls that workers have begun, those of ended workers included.</summary>
    public required long TotalRequests { get; init; }

    /// <summary>Serving workers that have reached nine tenths of their <see cref="WorkerSnapshot.EffectiveTtl"/>.</summary>
    public required int WorkersNearTtl { get; init; }

    /// <summary>Serving workers that have reached nine tenths of their <see cref="WorkerSnapshot.EffectiveMaxRequests"/>.</summary>
    public required int WorkersNearMaxRequests { get; init; }

    /// <summary>Serving workers that are due to be replaced and serve on until their replacement is ready: <see cref="WorkerSnapshot.OverdueFor"/>.</summary>
    public int WorkersOverdue { get; init; }

    /// <summary>Calls that workers have begun beyond <see cref="RecycleOptions.MaxRequests"/>, those of ended workers included.</summary>
    public long Overshoot { get; init; }

    /// <summary>Workers replaced, by reason; reasons that have not occurred are missing.</summary>
    public required IReadOnlyDictionary<RecycleReason, long> RecyclesByReason { get; init; }

    /// <summary>Workers replaced for their memory, by pool.</summary>
    public required IReadOnlyDictionary<string, long> MemoryRecyclesByPool { get; init; }

    /// <summary>Workers replaced, in all.</summary>
    public long TotalRecycles => RecyclesByReason.Values.Sum();

    internal static LifecycleStatistics Sum(IEnumerable<LifecycleStatistics> pools)
    {
        LifecycleStatistics[] all = [.. pools];
        return new LifecycleStatistics
        {
            TotalWorkers = all.Sum(static one => one.TotalWorkers),
            WorkersByPool = all.SelectMany(static one => one.WorkersByPool).ToDictionary(),
            TotalRequests = all.Sum(static one => one.TotalRequests),
            WorkersNearTtl = all.Sum(static one => one.WorkersNearTtl),
            WorkersNearMaxRequests = all.Sum(static one => one.WorkersNearMaxRequests),
            WorkersOverdue = all.Sum(static one => one.WorkersOverdue),
            Overshoot = all.Sum(static one => one.Overshoot),
            RecyclesByReason = all.SelectMany(static one => one.RecyclesByReason).GroupBy(static pair => pair.Key).ToDictionary(
                static group => group.Key, static group => group.Sum(static pair => pair.Value)),
            MemoryRecyclesByPool = all.SelectMany(static one => one.MemoryRecyclesByPool).ToDictionary(),
        };
    }
}
