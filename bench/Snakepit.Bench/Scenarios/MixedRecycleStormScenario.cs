using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// The storm of recycle-storm, with a third of the load as streams, calls of sessions and nested calls. No worker dies, so nothing may
/// fail, and no session may be lost.
/// </summary>
/// <param name="hasThreads">True for workers with several threads.</param>
internal sealed class MixedRecycleStormScenario(bool hasThreads) : IScenario
{
    private const int Threads = 4;
    private const double LoadShare = 0.4; // what is not a plain call takes longer
    private const double AllowedShare = 2; // so that some workers reach Recycle.Ttl before Recycle.MaxRequests
    private static readonly TimeSpan s_lostAfter = TimeSpan.FromSeconds(60);

    public string Name => hasThreads ? "recycle-storm-threads" : "recycle-storm-mixed";

    public string Description => hasThreads
        ? "recycle-storm-mixed with workers of four threads, so that several calls are to end before a worker stops."
        : "The storm of recycle-storm with a third of the load as streams, calls of sessions and nested calls. Every item, turn and " +
        "reply has its number.";

    public int DefaultSeconds => 60;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls", "calls, plain ones and others"),
        .. LivingCalls.Metrics,
        None("failed", "of them failed"),
        None("lost", "had no outcome"),
        None("duplicated", "of those that may run only once ran twice"),
        None("misdelivered", "had something of another, or not all of their own"),
        new("recycles", "replacements"),
        new("ready_min", "fewest of 8 workers that took calls", Bar.AtLeast(StormPool.MinReady))
        {
            Combine = static values => values.Min(),
        },
        new("overlap_max", "most replacements under way at once", Bar.AtMost(StormPool.Budget))
        {
            Combine = static values => values.Max(),
        },
        .. StormTriggers.Reasons.Select(static reason => new Metric(reason.Metric, "of the replacements for that reason")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var files = new StormPool(BenchFiles.MixedStormTools, BenchFiles.StormTools, BenchFiles.LivingTools);
        using var livingRecord = new RunRecord(RunRecord.Living);
        using var record = new RunRecord();
        (double capacity, TimeSpan replacement) = await StormCapacity.LearnAsync(run, files, cancellation);
        double rate = capacity * LoadShare;
        var triggers = new StormTriggers(files, replacement, AllowedShare * rate);
        using var living = new LivingCalls(new FateLedger(livingRecord));
        await using BenchPool bench = await files.StartAsync(run.Python.Executable, record, cancellation, pool =>
        {
            triggers.Configure(pool);
            pool.Python.Variables[RunRecord.Living] = livingRecord.FilePath;
            living.Configure(pool);
            if (hasThreads)
            {
                (pool.Profile, pool.ThreadsPerWorker) = (WorkerProfile.Thread, Threads);
            }
        });
        living.Use(bench.Workers, hasThreads);
        NumberedCalls calls = StormCapacity.Calls(bench.Workers, record);
        var watch = new PoolWatch(bench.Workers);
        LoadResult load;
        await using (watch)
        {
            using var over = new CancellationTokenSource();
            Task pulling = triggers.PullAsync(bench.Workers, over.Token);
            load = await new OpenLoop(living.MixedWith(calls.CallAsync), rate).RunAsync(run.Duration).WaitAsync(
                run.Duration + s_lostAfter, cancellation);
            await living.SettleAsync(s_lostAfter);
            await over.CancelAsync();
            await pulling;
        }
        return Result(run, bench.Workers.GetSnapshot().Lifecycle.RecyclesByReason, (calls, load), living, watch);
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static Dictionary<string, double> Result(
        BenchRun run,
        IReadOnlyDictionary<RecycleReason, long> recycles,
        (NumberedCalls Calls, LoadResult Result) plain,
        LivingCalls living,
        PoolWatch watch)
    {
        FateLedger ledger = living.Ledger;
        int failed = ledger.CountBystanders([]); // no worker is killed, so that none of them may be lost
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{recycles.Values.Sum()} replacements; {plain.Result.Failed} plain calls failed {plain.Result.FirstFailure}, " +
            $"{failed + ledger.Misdelivered} others {ledger.FirstFault}"));
        StormTriggers.CheckAll(run, reason => recycles.GetValueOrDefault(reason));
        Dictionary<string, double> result = living.Count();
        result["calls"] = plain.Calls.Count + ledger.Count;
        result["failed"] = plain.Result.Failed + failed;
        result["lost"] = ledger.WithoutOutcome;
        result["duplicated"] = plain.Calls.CountDuplicated() + ledger.CountDuplicated();
        result["misdelivered"] = ledger.Misdelivered;
        result["recycles"] = recycles.Values.Sum();
        result["ready_min"] = watch.ReadyMin;
        result["overlap_max"] = watch.OverlapMax;
        foreach ((RecycleReason reason, string metric) in StormTriggers.Reasons)
        {
            result[metric] = recycles.GetValueOrDefault(reason);
        }
        return result;
    }
}
