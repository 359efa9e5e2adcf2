using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures the cost of an idle pool.</summary>
internal sealed class IdleScenario : IScenario
{
    private const int Workers = 8;
    private const double MsPerTick = 10;
    private static readonly TimeSpan s_shown = TimeSpan.FromSeconds(30);

    public string Name => "idle";

    public string Description => "CPU time of a pool of 8 that nobody calls, in a host that compiles its code once.";

    public int DefaultSeconds => 30;

    public int QuickSeconds => 11;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("host_ticks", "CPU time of the host in 30 s, in ticks of 10 ms"),
        new("worker_ticks", "CPU time of the workers, their launcher and its guard"),
        new("total_ticks", "of all together"),
        new(
            "total_ms_in_30s",
            "the same, ms",
            Bar.AtMost(5, Reference.InterpreterStart)
                .Because("eight workers that cost in half a minute what five starts cost; was 3 ticks of 10 ms")),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using IdleHost pool = await IdleHost.StartAsync(run.Python.Executable, Workers);
        (double host, double workers) = await pool.MeasureAsync(Workers, run.Duration, cancellation);
        double scale = s_shown / run.Duration;
        return new Dictionary<string, double>
        {
            ["host_ticks"] = host * scale / MsPerTick,
            ["worker_ticks"] = workers * scale / MsPerTick,
            ["total_ticks"] = (host + workers) * scale / MsPerTick,
            ["total_ms_in_30s"] = (host + workers) * scale,
        };
    }
}
