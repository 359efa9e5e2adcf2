using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Replaces workers under load. Callers should notice nothing but the boots of interpreters, so the control is the same boots in a process
/// that has nothing to do with the pool. Quiet, control and recycling phases take turns, so that other work on the machine affects all of
/// them alike.
/// </summary>
internal sealed class RecycleScenario : IScenario
{
    private const int Workers = 8;
    private const int CallersAtCapacity = 2 * Workers;
    private const int Rounds = 10;
    private const double LoadShare = 0.5;
    private const double SleepMs = 5;
    private const double CpuMs = 0.2;
    private const double MostDifferentBoots = 0.2;
    private static readonly TimeSpan s_capacityTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(200);

    public string Name => "recycle";

    public string Description =>
        "A worker replaced every 200 ms at half of the pool's capacity, against the same interpreter boots outside of the pool.";

    public int DefaultSeconds => 20;

    public int QuickSeconds => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("capacity_per_s", "calls per second the pool can do (5 ms of sleep, 0.2 ms of CPU each)"),
        new("calls", "calls while workers were replaced"),
        new("failed", "of them failed", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new("recycles", "replacements"),
        new("p99_ms", "latency while workers were replaced, 99th percentile, ms"),
        new("p99_ratio_to_control", "to the same boots outside of the pool", Bar.AtMost(1.3)),
        new("p99_ratio_to_quiet", "to a quiet machine"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        await using BenchPool pool = await BenchPool.StartAsync(python, Workers, cancellation);
        using Neighbour neighbour = await Neighbour.StartAsync(python);
        Func<ValueTask> call = () => pool.Workers.ExecuteAsync(
            "work", ToolArguments.Positional(SleepMs, CpuMs), null, CancellationToken.None);
        double capacity = await ClosedLoop.MeasureAsync(call, CallersAtCapacity, s_capacityTime);
        run.Progress.Say(string.Create(CultureInfo.InvariantCulture, $"capacity: {capacity:0} calls/s"));

        var loop = new OpenLoop(call, capacity * LoadShare);
        int slot = 0;
        Phase quiet = new("quiet", null), control = new("control", neighbour.ReplaceAsync);
        Phase recycling = new("recycling", async () =>
        {
            if (!(await pool.Workers.RecycleAsync(slot++ % Workers, cancellation)).AllReplaced)
            {
                throw new InvalidRunException("A worker was not replaced.");
            }
        });
        Phase[] phases = [quiet, control, recycling];
        for (int round = 0; round < Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < phases.Length; i++)
            {
                await phases[(round + i) % phases.Length].RunAsync(loop, run.Duration / Rounds);
            }
            run.Progress.Say($"round {round + 1} of {Rounds}, p99: {string.Join(", ", phases.AsEnumerable())}");
        }
        return Result(capacity, quiet, control, recycling);
    }

    private static Dictionary<string, double> Result(double capacity, Phase quiet, Phase control, Phase recycling)
    {
        if (Math.Abs(control.Boots - recycling.Boots) > MostDifferentBoots * recycling.Boots)
        {
            throw new InvalidRunException($"{recycling.Boots} workers were replaced, but there were {control.Boots} boots in the control.");
        }
        return new Dictionary<string, double>
        {
            ["capacity_per_s"] = capacity,
            ["calls"] = recycling.Calls,
            ["failed"] = recycling.Failed,
            ["recycles"] = recycling.Boots,
            ["p99_ms"] = recycling.P99Ms,
            ["p99_ratio_to_control"] = recycling.P99Ms / control.P99Ms,
            ["p99_ratio_to_quiet"] = recycling.P99Ms / quiet.P99Ms,
        };
    }

    /// <summary>One kind of phase: the work beside the load, and the results of all its turns.</summary>
    private sealed class Phase(string name, Func<Task>? boot)
    {
        private readonly List<double> _p99 = [];

        public int Calls { get; private set; }

        public int Failed { get; private set; }

        public int Boots { get; private set; }

        public double P99Ms => Samples.Median(_p99);

        public async Task RunAsync(OpenLoop loop, TimeSpan duration)
        {
            Task<LoadResult> load = loop.RunAsync(duration);
            using var timer = new PeriodicTimer(s_period);
            while (boot is not null && await timer.WaitForNextTickAsync() && !load.IsCompleted)
            {
                await boot();
                Boots++;
            }
            LoadResult result = await load;
            Calls += result.Calls;
            Failed += result.Failed;
            if (result.Latencies.Length == 0)
            {
                throw new InvalidRunException($"Every call failed: {result.FirstFailure}");
            }
            _p99.Add(Clock.Milliseconds(Samples.Percentile(result.Latencies, 0.99)));
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{name} {_p99[^1]:0.0} ms");
    }
}
