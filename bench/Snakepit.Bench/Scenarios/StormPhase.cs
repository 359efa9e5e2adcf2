using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// One kind of phase of the storm: the work beside the load, and the results of all its turns. Each turn has a pool of its own, so that
/// nothing of one phase is left in the next.
/// </summary>
internal sealed class StormPhase(string name)
{
    private readonly List<double> _p99 = [];
    private readonly Dictionary<RecycleReason, long> _recycles = [];

    public int Calls { get; private set; }

    public int Failed { get; private set; }

    public string? FirstFailure { get; private set; }

    public int Duplicated { get; private set; }

    public int Boots { get; private set; }

    public int ReadyMin { get; private set; } = int.MaxValue;

    public int OverlapMax { get; private set; }

    public double P99Ms => Samples.Median(_p99);

    /// <summary>The times at which workers were launched in the last turn.</summary>
    public IReadOnlyList<TimeSpan> LastLaunches { get; private set; } = [];

    public long Recycles => _recycles.Values.Sum();

    public long CountOf(RecycleReason reason) => _recycles.GetValueOrDefault(reason);

    /// <param name="pool">A fresh pool.</param>
    /// <param name="calls">The calls to the pool.</param>
    /// <param name="load">The calls per second, and the duration.</param>
    /// <param name="beside">The work beside the load, until it is cancelled. Returns the number of workers it started elsewhere.</param>
    public async Task RunAsync(
        IWorkerPool pool, NumberedCalls calls, (double PerSecond, TimeSpan Duration) load, Func<CancellationToken, Task<int>> beside)
    {
        var watch = new PoolWatch(pool);
        LoadResult result;
        await using (watch)
        {
            using var over = new CancellationTokenSource();
            Task<int> happening = beside(over.Token);
            result = await new OpenLoop(calls.CallAsync, load.PerSecond).RunAsync(load.Duration);
            await over.CancelAsync();
            Boots += await happening;
        }
        Take(result, watch);
        Duplicated += calls.CountDuplicated();
        foreach ((RecycleReason reason, long count) in pool.GetSnapshot().Lifecycle.RecyclesByReason)
        {
            _recycles[reason] = CountOf(reason) + count;
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{name} {_p99[^1]:0.0} ms");

    private void Take(LoadResult result, PoolWatch watch)
    {
        if (result.Latencies.Length == 0)
        {
            throw new InvalidRunException($"Every call failed: {result.FirstFailure}");
        }
        Calls += result.Calls;
        Failed += result.Failed;
        FirstFailure ??= result.FirstFailure;
        ReadyMin = Math.Min(ReadyMin, watch.ReadyMin);
        OverlapMax = Math.Max(OverlapMax, watch.OverlapMax);
        LastLaunches = watch.Launches;
        Boots += watch.Launches.Count;
        _p99.Add(Clock.Milliseconds(Samples.Percentile(result.Latencies, 0.99)));
    }
}
