using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures how soon the snakepit tool has listed a host that runs.</summary>
internal sealed class CliScenario : IScenario
{
    public string Name => "cli";

    public string Description => "snakepit ps with one host that runs, from the start of its process to its end.";

    public int DefaultSeconds => 15;

    public int QuickSeconds => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("ps_ms", "snakepit ps, median, ms", Bar.AtMost(4, Reference.InterpreterStart).Because("the goal")),
        new("portable_ps_ms", "the same by the portable tool, which .NET compiles as it runs")
        {
            Against = Reference.InterpreterStart, IsControl = true,
        },
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using ToolHost host = await ToolHost.StartAsync(cancellation);
        List<double> native = [], portable = [];
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            native.Add(await host.MeasureAsync(isNative: true, cancellation));
            portable.Add(await host.MeasureAsync(isNative: false, cancellation));
        }
        return new Dictionary<string, double>
        {
            ["ps_ms"] = Samples.Median(native),
            ["portable_ps_ms"] = Samples.Median(portable),
        };
    }
}
