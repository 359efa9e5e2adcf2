using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Workers that grow in a call until they are killed.</summary>
internal static class HardLimitTrial
{
    private const double CallSeconds = 10;
    private const double ToolsError = 1; // %: what it takes last it writes down after it has it

    // A worker takes one MiB after the other, and may be killed before it has written down the last; what Python needs for it comes on top.
    private const long NotWritten = 2 << 20;

    /// <summary>What they had at the end beyond the limit, in % of it.</summary>
    public static async Task<double[]> MeasureAsync(
        string python, MemoryRecord record, int limitMib, double mibPerSecond, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            pool.Memory.HardLimit = MemorySize.FromMiB(limitMib);
            pool.Crash.QuarantineAfter = null; // the same call kills them all
        });
        var overshoots = new List<double>();
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            (WorkerId worker, WorkerMemory memory) = await LimitedWorker.FindAsync(bench.Workers, cancellation);
            long limit = memory.HardLimit?.Bytes ?? throw new InvalidRunException($"{worker} has no hard limit.");
            record.Clear();
            await GrowAsync(bench.Workers, worker, limit, mibPerSecond);
            long bytes = record.Read().Bytes;
            overshoots.Add(bytes > limit - NotWritten
                ? 100.0 * Math.Max(0, bytes - limit) / limit
                : throw new InvalidRunException($"{worker} was killed {(limit - bytes) >> 20} MiB below its limit."));
        }
        return bench.Workers.GetSnapshot().Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.MemoryLimit) == overshoots.Count
            ? [.. overshoots]
            : throw new InvalidRunException("Not every worker that ended was killed for its memory.");
    }

    private static async Task GrowAsync(IWorkerPool pool, WorkerId worker, long limit, double mibPerSecond)
    {
        // A pool takes its time to replace a worker that has died without ever answering.
        await pool.ExecuteAsync("take", ToolArguments.Positional(limit, 0), null, CancellationToken.None);
        try
        {
            await pool.ExecuteAsync("leak", ToolArguments.Positional(limit, mibPerSecond, CallSeconds), null, CancellationToken.None);
        }
        catch (WorkerLostException)
        {
            return;
        }
        throw new InvalidRunException($"{worker} was not killed for its memory.");
    }
}
