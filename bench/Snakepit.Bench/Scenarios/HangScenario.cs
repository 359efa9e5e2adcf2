using System.Globalization;
using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Lets workers hang in every way and compares the detection with the clock that should find the hang. Healthy workers with hardly any
/// processor time must not be taken for hanging.
/// </summary>
internal sealed class HangScenario : IScenario
{
    private static readonly TimeSpan s_clock = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_half = s_clock / 2;
    private static readonly ToolCallOptions s_bounded = new() { Timeout = s_half };

    public string Name => "hang";

    public string Description =>
        "Workers that hang at import, in Python, in C with the interpreter held, deaf to SIGTERM, or stopped, with clocks of 2 s; " +
        "and niced workers beside spinning processes on every core.";

    public int DefaultSeconds => 60;

    public int QuickSeconds => 12;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("hangs", "workers that hung"),
        None("undetected", "of them were not found"),
        new("late_pct_max", "the latest was found so much after its clock + max(10 %, 50 ms), % of the clock")
        {
            Combine = static values => values.Max(),
        },
        new(
            "late_ms_max",
            "the latest was found so much after its clock, ms",
            Bar.AtMost(150).Plus(8, Reference.InterpreterStart).Because("66 ms; was a tenth of a clock of 2 s, which is 200 ms"))
        {
            Combine = static values => values.Max(),
        },
        Share("stacks_pct", "of those in Python or called from it left their stacks, %"),
        Share("replaced_pct", "were replaced, %"),
        new("healthy_calls", "calls of healthy workers without processors"),
        None("false_kills", "of those workers were killed"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        HangTrial[] python =
        [
            new("at import", s_clock, HangAtImportAsync),
            new("in Python", s_clock, (pool, _, victim) => HangInCallAsync(pool, victim, "spin")),
            new("interpreter held", s_clock, (pool, _, victim) => HangInCallAsync(pool, victim, "hold_interpreter")),
            new("deaf", s_clock, (pool, _, victim) => HangInCallAsync(pool, victim, "spin_deaf")),
        ];
        HangTrial[] stopped = [new("stopped idle", s_clock, StopIdleAsync), new("stopped in a call", s_clock, StopInCallAsync)];
        HangTrial[] all = [.. python, .. stopped];
        await Task.WhenAll(all.Select(trial => RunAsync(run, trial, cancellation)));
        (int calls, int kills) = await StarvedTrial.RunAsync(run, SetClocks, cancellation);
        return new Dictionary<string, double>
        {
            ["hangs"] = all.Sum(static trial => trial.Hangs),
            ["undetected"] = all.Sum(static trial => trial.Undetected),
            ["late_pct_max"] = all.Max(static trial => trial.LatePctMax),
            ["late_ms_max"] = all.Max(static trial => trial.LateMsMax),
            ["stacks_pct"] = 100.0 * python.Sum(static trial => trial.WithStacks) / python.Sum(static trial => trial.Hangs),
            ["replaced_pct"] = 100.0 * all.Sum(static trial => trial.Replaced) / all.Sum(static trial => trial.Hangs),
            ["healthy_calls"] = calls,
            ["false_kills"] = kills,
        };
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static Metric Share(string name, string meaning) =>
        new(name, meaning, Bar.AtLeast(100)) { Combine = static values => values.Min() };

    private static async Task RunAsync(BenchRun run, HangTrial trial, CancellationToken cancellation)
    {
        string file = HangFile(trial.Name);
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, 1, cancellation, pool =>
        {
            SetClocks(pool);
            pool.Python.Variables["SNAKEPIT_BENCH_HANG"] = file;
        });
        try
        {
            await trial.RunAsync(bench.Workers, run.Duration * 2 / 3, cancellation);
        }
        finally
        {
            File.Delete(file);
        }
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{trial.Name}: {trial.Hangs} hangs, {trial.Undetected} undetected, late by {trial.LatePctMax:0.0} % at most"));
    }

    private static void SetClocks(PoolOptions pool)
    {
        pool.Adapter = BenchFiles.HangTools;
        pool.Boot.Timeout = s_clock;
        pool.Call.CancelGrace = s_half;
        pool.Health.PingInterval = s_half;
        pool.Health.LivenessTimeout = s_half;
    }

    private static string HangFile(string trial) =>
        Path.Combine(Path.GetTempPath(), $"snakepit-bench-{Environment.ProcessId}-{trial.Replace(' ', '-')}");

    /// <summary>Kills a worker whose replacement hangs before it is ready.</summary>
    private static async Task<(WorkerId Worker, DateTimeOffset Since)> HangAtImportAsync(
        IWorkerPool pool, EventStream events, WorkerSnapshot victim)
    {
        await File.WriteAllTextAsync(HangFile("at import"), "");
        Signal(pool, victim, Libc.SigKill);
        return await events.NextAsync<WorkerStartedEvent>(static _ => true) is { } started
            ? (started.Worker, started.At)
            : throw new InvalidRunException("A worker that was killed was not replaced.");
    }

    private static Task<(WorkerId Worker, DateTimeOffset Since)> HangInCallAsync(IWorkerPool pool, WorkerSnapshot victim, string tool)
    {
        DateTimeOffset since = TimeProvider.System.GetUtcNow();
        _ = CallAsync(pool, tool);
        return Task.FromResult((victim.Id, since));
    }

    private static Task<(WorkerId Worker, DateTimeOffset Since)> StopIdleAsync(IWorkerPool pool, EventStream events, WorkerSnapshot victim)
    {
        DateTimeOffset since = TimeProvider.System.GetUtcNow();
        Signal(pool, victim, Victim.Stop);
        return Task.FromResult((victim.Id, since));
    }

    private static async Task<(WorkerId Worker, DateTimeOffset Since)> StopInCallAsync(
        IWorkerPool pool, EventStream events, WorkerSnapshot victim)
    {
        (WorkerId Worker, DateTimeOffset Since) begun = await HangInCallAsync(pool, victim, "rest");
        Signal(pool, victim, Victim.Stop);
        return begun;
    }

    private static async Task CallAsync(IWorkerPool pool, string tool)
    {
        try
        {
            await pool.ExecuteAsync(tool, options: s_bounded);
        }
        catch (SnakepitException)
        {
            // the call timed out
        }
    }

    private static void Signal(IWorkerPool pool, WorkerSnapshot victim, int signal)
    {
        if (!Victim.Signal(pool, victim, signal))
        {
            throw new InvalidRunException($"Worker {victim.Id} ended without being killed.");
        }
    }
}
