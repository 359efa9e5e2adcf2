using System.Diagnostics;
using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>Measures the references, in two seconds.</summary>
internal static class ReferenceMeter
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <param name="python">The interpreter of the scenario's workers.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static async Task<ReferenceReading> MeasureAsync(string python, CancellationToken cancellation)
    {
        // The references are measured one after another, because side by side they would disturb each other.
        double pair = DictionaryLoop.Measure();
        (double p50, double p99) = WakeUp.Measure();
        (double loop, double start) = await MeasurePythonAsync(python, cancellation);
        return new ReferenceReading(Round(pair), Round(loop), Round(start), Round(p50), Round(p99));
    }

    private static async Task<(double LoopNs, double StartMs)> MeasurePythonAsync(string python, CancellationToken cancellation)
    {
        string[] arguments = ["-I", "-S", BenchFiles.Reference];
        using Process process = Process.Start(new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true })!;
        string said = await process.StandardOutput.ReadToEndAsync(cancellation).WaitAsync(s_patience, cancellation);
        await process.WaitForExitAsync(cancellation);
        return Parse(said) ?? throw new InvalidRunException($"{python} measured no reference; exit code {process.ExitCode}.");
    }

    /// <summary>Parses the output of reference.py. Returns null for any other output.</summary>
    internal static (double LoopNs, double StartMs)? Parse(string said) =>
        said.Split() is [var loop, var start, ..]
        && double.TryParse(loop, CultureInfo.InvariantCulture, out double loopNs)
        && double.TryParse(start, CultureInfo.InvariantCulture, out double startMs)
        && loopNs > 0 && startMs > 0
            ? (loopNs, startMs)
            : null;

    private static double Round(double value) => Math.Round(value, 3);
}
