using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures one start in a process of its own.</summary>
internal static class StartSample
{
    public const string Command = "start-sample";

    public static async Task<(double ReadyMs, double PrivateKib)> MeasureAsync(string python, int workers, CancellationToken cancellation)
    {
        using Process process = BenchProcess.Start(Command, workers.ToString(CultureInfo.InvariantCulture), "--python", python);
        string said = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return said.Split() is [var ready, var memory, ..] && process.ExitCode == 0
            ? (double.Parse(ready, CultureInfo.InvariantCulture), double.Parse(memory, CultureInfo.InvariantCulture))
            : throw new InvalidRunException($"The start of {workers} workers failed with exit code {process.ExitCode}.");
    }

    /// <summary>Runs in the sample's own process.</summary>
    public static async Task RunAsync(string python, int workers)
    {
        long begin = Stopwatch.GetTimestamp();
        await using BenchPool pool = await BenchPool.StartAsync(python, workers, CancellationToken.None);
        double ready = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        double memory = pool.Workers.GetSnapshot().Workers.Average(static worker => ProcessFacts.PrivateKib(worker.Pid));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ready} {memory}"));
    }
}
