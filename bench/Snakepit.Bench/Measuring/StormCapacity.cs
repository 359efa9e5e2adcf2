using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>The calls of the recycle storms, and how many of them their pool can do.</summary>
internal static class StormCapacity
{
    private const int CallersAtCapacity = 2 * StormPool.Workers;
    private const int Replacements = 4;
    private const double SleepMs = 5;
    private const double CpuMs = 0.2;
    private static readonly TimeSpan s_capacityTime = TimeSpan.FromSeconds(2);

    public static NumberedCalls Calls(IWorkerPool pool, RunRecord record) => new(pool, record, SleepMs, CpuMs);

    /// <summary>Measures the calls per second of a pool, and how long it takes to replace a worker.</summary>
    public static async Task<(double Capacity, TimeSpan Replacement)> LearnAsync(
        BenchRun run, StormPool files, CancellationToken cancellation)
    {
        using var record = new RunRecord();
        await using BenchPool pool = await files.StartAsync(run.Python.Executable, record, cancellation);
        double capacity = await ClosedLoop.MeasureAsync(
            Calls(pool.Workers, record).CallAsync, CallersAtCapacity, s_capacityTime);
        var took = new List<double>();
        for (int slot = 0; slot < Replacements; slot++)
        {
            took.Add((await pool.Workers.RecycleAsync(slot, cancellation)).Duration.TotalSeconds);
        }
        double replacement = Samples.Median(took);
        bool isForked = await pool.Workers.ExecuteAsync<bool>("is_forked", cancellationToken: cancellation);
        run.Progress.Say(string.Create(
            CultureInfo.InvariantCulture,
            $"capacity: {capacity:0} calls/s; a replacement takes {replacement * 1e3:0} ms, " +
            $"its process is {(isForked ? "forked" : "a new interpreter")}"));
        return (capacity, TimeSpan.FromSeconds(replacement));
    }
}
