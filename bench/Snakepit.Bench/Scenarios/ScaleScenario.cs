using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures what many workers cost: their start, their memory, the calls of a host that has so many, and the processor while nobody calls.
/// </summary>
internal sealed class ScaleScenario : IScenario
{
    private const int Few = 2;
    private const int Many = 100;
    private const int Most = 250;
    private const double MostPrivateKib = 1.8 * 1024;

    public string Name => "scale";

    public string Description =>
        "100 and 250 forked workers: their start and memory, also as another user; calls in a host with 250 workers and in one with 2, " +
        "in turn; the CPU time of 250 that nobody calls.";

    public int DefaultSeconds => 90;

    public int QuickSeconds => 4;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new(
            "ready_ms_100",
            "100 workers and their zygote ready, in a host that has started workers before, ms",
            Bar.AtMost(15, Reference.InterpreterStart).Because("the goal")),
        new("ready_ms_250", "250 workers, ms", Bar.AtMost(35, Reference.InterpreterStart).Because("the goal")),
        new("private_kib_100", "private memory of one of 100 workers, mean, KiB", Bar.AtMost(MostPrivateKib)),
        new("private_kib_250", "of one of 250 workers", Bar.AtMost(MostPrivateKib)),
        new("other_user_ready_ms_100", "100 workers ready, where all processes are those of another user, ms") { MayBeMissing = true },
        new("other_user_private_kib_100", "private memory of one of them, mean, KiB", Bar.AtMost(MostPrivateKib)) { MayBeMissing = true },
        new("p50_us_2", "calls one after another, 2 workers, median, µs"),
        new("p50_us_250", "the same with 250 workers"),
        new("p50_ratio", "the latter to the former, in turn", Bar.AtMost(1.2)),
        new("calls_per_s_2", "2 workers, 2 calls in flight, calls per second"),
        new("calls_per_s_250", "the same with 250 workers"),
        new("throughput_ratio", "the latter to the former, in turn", Bar.AtLeast(1 / 1.2)),
        new("calls_per_s_2_64", "2 workers, 64 calls in flight, which wait in 2 channels and are answered together, per second"),
        new("calls_per_s_250_64", "250 workers, 64 calls in flight, per second"),
        new("throughput_ratio_64", "the latter to the former, in turn"),
        new("gc_pause_us_2", "a collection of the youngest generation under 2,000 calls per second, 2 workers, median pause, µs"),
        new("gc_pause_us_250", "the same with 250 workers"),
        new("gc_pause_ratio", "the latter to the former, in turn", Bar.AtMost(1.5)),
        new("full_gc_pause_ratio", "the same for full collections"),
        new("idle_cpu_pct", "CPU time of 250 workers that nobody calls and of their host, % of a core", Bar.AtMost(1)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        TimeSpan part = run.Duration / 3;
        var measured = new Dictionary<string, double> { ["idle_cpu_pct"] = await MeasureIdleAsync(run, part, cancellation) };
        await MeasureStartsAsync(run, part, measured, cancellation);
        await MeasureOtherUserAsync(run, measured, cancellation);
        await MeasureCallsAsync(run, part, measured, cancellation);
        return measured;
    }

    private static async Task<double> MeasureIdleAsync(BenchRun run, TimeSpan duration, CancellationToken cancellation)
    {
        using IdleHost idle = await IdleHost.StartAsync(run.Python.Executable, Most, StartMethod.Zygote);
        (double host, double below) = await idle.MeasureAsync(Most, duration, cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{Most} idle workers in {duration.TotalSeconds:0} s: host {host:0.0} ms, workers {below:0.0} ms"));
        return 100 * (host + below) / duration.TotalMilliseconds;
    }

    private static async Task MeasureStartsAsync(
        BenchRun run, TimeSpan duration, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        List<(double ReadyMs, double PrivateKib)> many = [], most = [];
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            many.Add(await StartAsync(run, Many, null, cancellation));
            most.Add(await StartAsync(run, Most, null, cancellation));
        }
        measured["ready_ms_100"] = Samples.Median(many.Select(static sample => sample.ReadyMs));
        measured["ready_ms_250"] = Samples.Median(most.Select(static sample => sample.ReadyMs));
        measured["private_kib_100"] = Samples.Median(many.Select(static sample => sample.PrivateKib));
        measured["private_kib_250"] = Samples.Median(most.Select(static sample => sample.PrivateKib));
    }

    private static async Task MeasureOtherUserAsync(BenchRun run, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        (OtherUser? user, string? reason) = await OtherUser.FindAsync(cancellation);
        if (user is null)
        {
            run.AddEvidence($"not measured as another user: {reason}");
            return;
        }
        using (user)
        {
            (measured["other_user_ready_ms_100"], measured["other_user_private_kib_100"]) =
                await StartAsync(run, Many, user, cancellation);
        }
    }

    private static async Task<(double ReadyMs, double PrivateKib)> StartAsync(
        BenchRun run, int workers, OtherUser? user, CancellationToken cancellation)
    {
        (double ready, double memory) = await StartSample.MeasureForkedAsync(run.Python.Executable, workers, user, cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{workers} workers{(user is null ? "" : " of another user")}: ready after {ready:0} ms, {memory:0} KiB each"));
        return memory > 0 ? (ready, memory) : throw new InvalidRunException("The memory of the workers could not be read.");
    }

    private static async Task MeasureCallsAsync(
        BenchRun run, TimeSpan duration, Dictionary<string, double> measured, CancellationToken cancellation)
    {
        using LoadHost few = await LoadHost.StartAsync(run.Python.Executable, Few);
        using LoadHost most = await LoadHost.StartAsync(run.Python.Executable, Most);
        List<(LoadBlock Few, LoadBlock Most)> rounds = [];
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            rounds.Add((await few.MeasureAsync(), await most.MeasureAsync()));
        }
        run.Progress.Say($"{rounds.Count} rounds of calls");
        Note("p50_us_2", "p50_us_250", "p50_ratio", static block => block.P50Us);
        Note("calls_per_s_2", "calls_per_s_250", "throughput_ratio", static block => block.CallsPerSecondFew);
        Note("calls_per_s_2_64", "calls_per_s_250_64", "throughput_ratio_64", static block => block.CallsPerSecondMany);
        Note("gc_pause_us_2", "gc_pause_us_250", "gc_pause_ratio", static block => block.GcPauseUs);
        measured["full_gc_pause_ratio"] =
            Samples.Median(rounds.Select(static round => round.Most.FullGcPauseUs / round.Few.FullGcPauseUs));

        void Note(string ofFew, string ofMost, string ratio, Func<LoadBlock, double> value)
        {
            measured[ofFew] = Samples.Median(rounds.Select(round => value(round.Few)));
            measured[ofMost] = Samples.Median(rounds.Select(round => value(round.Most)));
            measured[ratio] = Samples.Median(rounds.Select(round => value(round.Most) / value(round.Few)));
        }
    }
}
