using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Runs workers that grow in a call until they are killed.</summary>
internal static class HardLimitTrial
{
    private const double CallSeconds = 10;
    private const double ToolsError = 1; // %, because the tool records memory only after it has taken it

    // A worker takes one MiB at a time and may be killed before it has recorded the last one. Python needs some memory for it too.
    private const long NotWritten = 2 << 20;

    /// <summary>Returns the memory beyond the limit that each worker had at its end, in % of the limit.</summary>
    public static async Task<double[]> MeasureAsync(
        string python, MemoryRecord record, int limitMib, double mibPerSecond, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            pool.Memory.HardLimit = MemorySize.FromMiB(limitMib);
            pool.Crash.QuarantineAfter = null; // the same call kills all workers
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
        // The pool slows down for workers that died without ever answering.
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
