using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Counts workers: those alive now and those replaced so far, of one pool or of all.</summary>
public sealed record LifecycleStatistics
{
    /// <summary>Gets the number of worker processes that exist.</summary>
    public required int TotalWorkers { get; init; }

    /// <summary>Gets the number of worker processes that exist, by pool.</summary>
    public required IReadOnlyDictionary<string, int> WorkersByPool { get; init; }

    /// <summary>Gets the number of calls that workers have begun, those of ended workers included.</summary>
    public required long TotalRequests { get; init; }

    /// <summary>Gets the number of serving workers that have reached nine tenths of their
    /// <see cref="WorkerSnapshot.EffectiveTtl"/>.</summary>
    public required int WorkersNearTtl { get; init; }

    /// <summary>Gets the number of serving workers that have reached nine tenths of their
    /// <see cref="WorkerSnapshot.EffectiveMaxRequests"/>.</summary>
    public required int WorkersNearMaxRequests { get; init; }

    /// <summary>Gets the number of serving workers that are due to be replaced and serve on until their replacement is ready:
    /// <see cref="WorkerSnapshot.OverdueFor"/>.</summary>
    public int WorkersOverdue { get; init; }

    /// <summary>Gets the number of calls that workers have begun beyond <see cref="RecycleOptions.MaxRequests"/>, those of ended workers
    /// included.</summary>
    public long Overshoot { get; init; }

    /// <summary>Gets the number of workers replaced, by reason; reasons that have not occurred are missing.</summary>
    public required IReadOnlyDictionary<RecycleReason, long> RecyclesByReason { get; init; }

    /// <summary>Gets the number of workers replaced for their memory, by pool.</summary>
    public required IReadOnlyDictionary<string, long> MemoryRecyclesByPool { get; init; }

    /// <summary>Gets the number of workers replaced.</summary>
    public long TotalRecycles => RecyclesByReason.Values.Sum();

    /// <summary>Returns the numbers, with those that are 0 left out.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{TotalWorkers} workers");
        AppendEach(text, WorkersByPool);
        text.Append(CultureInfo.InvariantCulture, $", {TotalRequests} calls, {TotalRecycles} workers replaced");
        AppendEach(text, RecyclesByReason);
        Append(text, "near their TTL", WorkersNearTtl);
        Append(text, "near their MaxRequests", WorkersNearMaxRequests);
        Append(text, "overdue", WorkersOverdue);
        Append(text, "calls beyond MaxRequests", Overshoot);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string what, long count)
    {
        if (count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {count} {what}");
        }
    }

    private static void AppendEach<TKey, TCount>(StringBuilder text, IReadOnlyDictionary<TKey, TCount> counts) =>
        text.Append(counts.Count == 0 ? "" : $" ({string.Join(", ", counts.Select(static count => $"{count.Key}: {count.Value}"))})");

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
