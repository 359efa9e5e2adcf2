using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures the time from StartAsync to all workers ready, in fresh processes, because a start includes compilation.</summary>
internal sealed class StartScenario : IScenario
{
    public string Name => "start";

    public string Description => "From StartAsync until 1, 8 and 32 workers are ready, in a fresh process each, with the library as its "
        + "package has it.";

    public int DefaultSeconds => 1; // a start has no given duration

    public int DefaultRepeat => 7;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("ready_ms_1", "1 worker ready, ms"),
        new(
            "ready_ms_8",
            "8 workers ready, ms",
            Bar.AtMost(47, Reference.InterpreterStart)
                .Because("45, of which 33 are .NET that starts and compiles and one worker; was 300 ms, 47.6 starts")),
        new("ready_ms_32", "32 workers ready, ms"),
        new("portable_ms_8", "8 workers ready, on a platform for which the package has no code of its own, ms"),
        new("private_kib_8", "private memory of one of 8 workers, mean, KiB", Bar.AtMost(10_240)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string python = run.Python.Executable;
        using var bench = new PackagedBench();
        (double one, _) = await StartSample.MeasureAsync(bench, python, 1, cancellation);
        (double eight, double memory) = await StartSample.MeasureAsync(bench, python, 8, cancellation);
        (double many, _) = await StartSample.MeasureAsync(bench, python, 32, cancellation);
        (double portable, _) = await StartSample.MeasureAsync(null, python, 8, cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture, $"ready after {one:0} ms, {eight:0} ms, {many:0} ms; {portable:0} ms by the portable form"));
        return new Dictionary<string, double>
        {
            ["ready_ms_1"] = one,
            ["ready_ms_8"] = eight,
            ["ready_ms_32"] = many,
            ["portable_ms_8"] = portable,
            ["private_kib_8"] = memory,
        };
    }
}
