using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures one start in a process of its own.</summary>
internal static class StartSample
{
    public const string Command = "start-sample";

    /// <summary>The command for forked workers, in a host that has compiled its code before.</summary>
    public const string ForkedCommand = "forked-start-sample";

    private const int WarmUps = 3;
    private const int WarmUpWorkers = 8;

    /// <param name="bench">The bench with the library's package; null for itself, whose library is compiled while it runs.</param>
    /// <param name="python">The interpreter.</param>
    /// <param name="workers">The number of workers.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<(double ReadyMs, double PrivateKib)> MeasureAsync(
        PackagedBench? bench, string python, int workers, CancellationToken cancellation) =>
        MeasureAsync(
            bench?.Describe(Command, Arguments(python, workers)) ?? Describe(Command, python, workers), workers, cancellation);

    /// <param name="python">The interpreter.</param>
    /// <param name="workers">The number of workers, which are forked.</param>
    /// <param name="user">The user of the process; null for the present one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static Task<(double ReadyMs, double PrivateKib)> MeasureForkedAsync(
        string python, int workers, OtherUser? user, CancellationToken cancellation)
    {
        ProcessStartInfo start = Describe(ForkedCommand, python, workers);
        user?.Configure(start);
        return MeasureAsync(start, workers, cancellation);
    }

    /// <summary>Runs in the sample's own process.</summary>
    public static Task RunAsync(string python, int workers) => RunAsync(python, workers, StartMethod.Spawn);

    /// <inheritdoc cref="RunAsync(string, int)"/>
    public static async Task RunForkedAsync(string python, int workers)
    {
        for (int i = 0; i < WarmUps; i++)
        {
            await using BenchPool pool = await StartAsync(python, WarmUpWorkers, StartMethod.Zygote);
        }
        await RunAsync(python, workers, StartMethod.Zygote);
    }

    private static ProcessStartInfo Describe(string command, string python, int workers) =>
        BenchProcess.Describe(command, Arguments(python, workers));

    private static string[] Arguments(string python, int workers) =>
        [workers.ToString(CultureInfo.InvariantCulture), "--python", python];

    private static async Task<(double ReadyMs, double PrivateKib)> MeasureAsync(
        ProcessStartInfo start, int workers, CancellationToken cancellation)
    {
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return said.Split() is [var ready, var memory, ..] && process.ExitCode == 0
            ? (double.Parse(ready, CultureInfo.InvariantCulture), double.Parse(memory, CultureInfo.InvariantCulture))
            : throw new InvalidRunException($"The start of {workers} workers failed with exit code {process.ExitCode}.");
    }

    private static async Task RunAsync(string python, int workers, StartMethod method)
    {
        long begin = Stopwatch.GetTimestamp();
        await using BenchPool pool = await StartAsync(python, workers, method);
        double ready = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        double memory = pool.Workers.GetSnapshot().Workers.Average(static worker => ProcessFacts.PrivateKib(worker.Pid));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ready} {memory}"));
    }

    private static Task<BenchPool> StartAsync(string python, int workers, StartMethod method) =>
        BenchPool.StartAsync(python, workers, CancellationToken.None, pool => pool.Start.Method = method);
}
