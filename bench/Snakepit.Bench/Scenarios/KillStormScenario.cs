using System.Globalization;
using Snakepit.Bench.Measuring;
using Snakepit.Pools;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Ends workers in every way, ten times a second, while calls go on. The workers are new interpreters first, and forked ones then.
/// </summary>
/// <param name="kind">The load and the workers.</param>
internal sealed class KillStormScenario(StormKind kind) : IScenario
{
    private const int Workers = 6;
    private const int Threads = 4;
    private const double KillsPerSecond = 10;

    // A machine whose starts take longer than 25 ms has fewer kills: a pool whose workers die faster than they start is never ready.
    private const double KillsTimesStartMs = 250;
    private const double CallsPerSecond = 3_000;
    private const int Probers = 32;
    private const double LoadShare = 0.5;
    private static readonly TimeSpan s_probeTime = TimeSpan.FromSeconds(1);

    private readonly bool _isMixed = kind != StormKind.Plain;

    public string Name => kind switch
    {
        StormKind.Threads => "kill-storm-threads",
        StormKind.Mixed => "kill-storm-mixed",
        _ => "kill-storm",
    };

    public string Description => kind switch
    {
        StormKind.Threads => "kill-storm-mixed with workers of four threads, so that several calls end with a worker.",
        StormKind.Mixed =>
            "kill-storm with a third of the load as streams, calls of sessions and nested calls. Every item, turn and reply has its " +
            "number.",
        _ =>
            "6 workers, 3,000 calls per second, and ten times a second one of them ends: by SIGKILL, SIGSEGV, SIGSTOP, os._exit in a " +
            "tool or at import, while it is idle, in a call or booting.",
    };

    public int DefaultSeconds => 60;

    public int QuickSeconds => _isMixed ? 4 : 8;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls", kind != StormKind.Plain ? "calls, plain ones and others" : "calls, a third of which may run only once"),
        .. kind != StormKind.Plain ? LivingCalls.Metrics : [],
        new("kills", "workers ended"),
        None("lost", "calls had no outcome"),
        None("duplicated", "of those that may run only once ran twice"),
        None("misdelivered", "had the reply of another"),
        None("bystanders_failed", "failed though their worker was not killed"),
        new("idempotent_calls", "plain calls that may be run again", kind != StormKind.Plain ? null : Bar.AtLeast(100_000).InFullRuns()),
        new("idempotent_success", "of them succeeded, share", Bar.AtLeast(0.9999)) { Combine = static values => values.Min() },
        None("finished_but_lost", "failed though the worker had finished them, reply and all"),
        new(
            "capacity_back_p50_ms",
            "from the end of a worker until as many are ready as before, new interpreters, median, ms",
            kind != StormKind.Plain ? null : Bar.AtMost(8, Reference.InterpreterStart).Because("2.2; was 100 ms, 16 starts")),
        new(
            "capacity_back_zygote_p50_ms",
            "the same, forked, median, ms",
            kind != StormKind.Plain ? null : Bar.AtMost(3, Reference.InterpreterStart).Because("0.8; was 20 ms, 3.2 starts")),
        new("capacity_back_p99_ms", "new interpreters, 99th percentile, ms"),
        new("capacity_back_zygote_p99_ms", "forked, 99th percentile, ms"),
        new("long_gaps", "times that it took more than 200 ms; the run says why, one by one"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string folder = BenchFiles.NewEvidence(Name);
        Phase spawned = await StormAsync(run, StartMethod.Spawn, folder, cancellation);
        Phase forked = await StormAsync(run, StartMethod.Zygote, folder, cancellation);
        var result = new Dictionary<string, double>
        {
            ["calls"] = spawned.Count + forked.Count,
            ["kills"] = spawned.Killer.Kills + forked.Killer.Kills,
            ["lost"] = spawned.WithoutOutcome + forked.WithoutOutcome,
            ["duplicated"] = spawned.Duplicated + forked.Duplicated,
            ["misdelivered"] = spawned.Misdelivered + forked.Misdelivered,
            ["bystanders_failed"] = spawned.Bystanders + forked.Bystanders,
            ["idempotent_calls"] = spawned.Calls.Idempotent + forked.Calls.Idempotent,
            ["idempotent_success"] =
                (double)(spawned.Calls.IdempotentAnswered + forked.Calls.IdempotentAnswered)
                / (spawned.Calls.Idempotent + forked.Calls.Idempotent),
            ["finished_but_lost"] = spawned.FinishedButLost + forked.FinishedButLost,
            ["capacity_back_p50_ms"] = spawned.BackMs(0.5),
            ["capacity_back_zygote_p50_ms"] = forked.BackMs(0.5),
            ["capacity_back_p99_ms"] = spawned.BackMs(0.99),
            ["capacity_back_zygote_p99_ms"] = forked.BackMs(0.99),
            ["long_gaps"] = spawned.LongGaps + forked.LongGaps,
        };
        if (_isMixed)
        {
            Dictionary<string, double> others = forked.Living!.Count();
            foreach ((string name, double count) in spawned.Living!.Count())
            {
                result[name] = count + others[name];
            }
        }
        return result;
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private async Task<Phase> StormAsync(BenchRun run, StartMethod method, string evidenceFolder, CancellationToken cancellation)
    {
        using var record = new RunRecord();
        using var livingRecord = new RunRecord(RunRecord.Living);
        var evidence = new StormEvidence(method);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-bench-");
        try
        {
            string exitFile = Path.Combine(folder.FullName, "exit");
            using LivingCalls? living = _isMixed ? new(new FateLedger(livingRecord)) : null;
            await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
            {
                record.Configure(pool);
                livingRecord.Configure(pool);
                living?.Configure(pool);
                pool.Python.Variables["SNAKEPIT_BENCH_EXIT"] = exitFile;
                Configure(pool, method, run);
            }, new JournalLoggers(evidence.Journal));
            living?.Use(bench.Workers, runTogether: kind == StormKind.Threads);
            double rate = await ProbeAsync(bench.Workers, living);
            double killsPerSecond = Math.Min(KillsPerSecond, KillsTimesStartMs / run.Reference.InterpreterStartMs);
            var killer = new ChaosKiller(bench.Workers, exitFile, killsPerSecond, evidence.Journal, run.Seed);
            var judge = new StormJudge(bench.Workers, killer, evidence);
            var calls = new FatedCalls(bench.Workers, record) { OnFailure = (call, e) => _ = judge.JudgeAsync(call, e) };
            living?.Ledger.OnFailure = (call, e) => _ = judge.JudgeAsync(call, e);
            var capacity = new CapacityWatch(bench.Workers);
            var journal = new PoolJournal(bench.Workers, evidence.Journal);
            await using (capacity)
            await using (journal)
            {
                Func<ValueTask> call = living is null ? calls.CallAsync : living.MixedWith(calls.CallAsync);
                Task load = new OpenLoop(call, rate).RunAsync(run.Duration / 2);
                await killer.KillAsync(run.Duration / 2, cancellation);
                await Task.WhenAny(load, Task.Delay(StormClocks.LostAfter, cancellation));
                await (living?.SettleAsync(StormClocks.LostAfter) ?? Task.CompletedTask);
            }
            var phase = new Phase(calls, living, killer, ((PoolHandle)bench.Workers).Pool.FinishedButLost, capacity.Gaps);
            string failure = calls.FirstFailure ?? living?.Ledger.FirstFault ?? "no unexpected failure";
            run.Progress.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{method}: {phase.Count} calls, {rate:0} a second, {killer.Kills} kills, " +
                $"capacity back after {phase.BackMs(0.5):0.0} ms in the median; {failure}"));
            foreach (string line in evidence.Save(evidenceFolder, phase.Bystanders, phase.Gaps, journal.Moments, killer.Stops))
            {
                run.AddEvidence(line);
            }
            return phase;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>
    /// Returns the calls per second: the intended rate, or half of what the pool can do on a machine that is too slow or too busy.
    /// Calls that fail because there are too many of them say nothing about kills.
    /// </summary>
    private static async Task<double> ProbeAsync(IWorkerPool pool, LivingCalls? living)
    {
        Func<ValueTask> call = async () => await pool.ExecuteAsync<int>("again", ToolArguments.Positional(0, 1));
        double capacity = await ClosedLoop.MeasureAsync(living?.MixedWith(call) ?? call, Probers, s_probeTime);
        return Math.Min(CallsPerSecond, LoadShare * capacity);
    }

    private void Configure(PoolOptions pool, StartMethod method, BenchRun run)
    {
        pool.Adapter = _isMixed ? BenchFiles.MixedChaosTools : BenchFiles.ChaosTools;
        if (kind == StormKind.Threads)
        {
            (pool.Profile, pool.ThreadsPerWorker) = (WorkerProfile.Thread, Threads);
        }
        pool.Start.Method = method;
        pool.Start.MaxConcurrent = Workers;
        pool.Queue.Limit = (int)(CallsPerSecond * StormClocks.CallTimeout.TotalSeconds);
        StormClocks.Configure(pool, run);
    }

    private sealed class Phase(
        FatedCalls calls, LivingCalls? living, ChaosKiller killer, int finishedButLost, IReadOnlyList<CapacityGap> gaps)
    {
        public FatedCalls Calls => calls;

        public LivingCalls? Living => living;

        public ChaosKiller Killer => killer;

        public int FinishedButLost => finishedButLost;

        public IReadOnlyList<CapacityGap> Gaps => gaps;

        public int Count => calls.Count + (living?.Ledger.Count ?? 0);

        public int WithoutOutcome => calls.WithoutOutcome + (living?.Ledger.WithoutOutcome ?? 0);

        public int Misdelivered => calls.Misdelivered + (living?.Ledger.Misdelivered ?? 0);

        public int Duplicated { get; } = calls.CountDuplicated() + (living?.Ledger.CountDuplicated() ?? 0);

        public int Bystanders { get; } = calls.CountBystanders(killer.Killed) + (living?.Ledger.CountBystanders(killer.Killed) ?? 0);

        public int LongGaps => gaps.Count(static gap => gap.Ms > StormEvidence.LongGapMs);

        public double BackMs(double share)
        {
            double[] sorted = [.. gaps.Select(static gap => gap.Ms).Order()];
            return sorted.Length == 0
                ? throw new InvalidRunException("No worker that was ready has died.")
                : sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * share) - 1, 0, sorted.Length - 1)];
        }
    }
}
