using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Lets workers cross the soft limit in three ways, in turn.</summary>
internal static class SoftLimitTrial
{
    private const int LimitMib = 64;
    private const int StepMib = 128;
    private const double LeakMibPerSecond = 50;
    private const double CallSeconds = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_betweenCalls = TimeSpan.FromMilliseconds(10);
    private static readonly Func<IWorkerPool, long, Task, Task<long>>[] s_ways = [LeakAsync, StepAsync, TakeAsync];

    /// <summary>Returns the times in ms from the crossing, or the end of its call, to the detection.</summary>
    public static async Task<double[]> MeasureAsync(string python, MemoryRecord record, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            pool.Memory.SoftLimit = MemorySize.FromMiB(LimitMib);
            pool.Recycle.MinLifetime = TimeSpan.Zero;
        });
        var delays = new List<double>();
        foreach (int round in Deadline.Until(duration, cancellation))
        {
            delays.Add(await CrossAsync(bench.Workers, record, s_ways[round % s_ways.Length], cancellation));
        }
        return delays.Count >= s_ways.Length
            ? [.. delays]
            : throw new InvalidRunException(
                $"There was time for {delays.Count} of {s_ways.Length} ways to cross a limit. Give it more --seconds.");
    }

    private static async Task<double> CrossAsync(
        IWorkerPool pool, MemoryRecord record, Func<IWorkerPool, long, Task, Task<long>> cross, CancellationToken cancellation)
    {
        (WorkerId worker, WorkerMemory memory) = await LimitedWorker.FindAsync(pool, cancellation);
        long limit = memory.SoftLimit?.Bytes ?? throw new InvalidRunException($"{worker} has no soft limit.");
        record.Clear();
        await using var detection = new EventStream(pool, s_patience, cancellation);
        await using var end = new EventStream(pool, s_patience, cancellation);
        Task<long> detected = DetectAsync(detection, worker);
        long overAt = await cross(pool, limit, detected);
        long seenAt = await detected;
        long crossedAt = record.Read().CrossedAt;
        if (seenAt == 0 || crossedAt == 0)
        {
            throw new InvalidRunException($"{worker} {(crossedAt == 0 ? "never crossed its limit" : "was not replaced for its memory")}.");
        }
        _ = await end.NextAsync<WorkerRecycledEvent>(
                recycled => recycled.Worker == worker && recycled.Reason == RecycleReason.MemoryThreshold)
            ?? throw new InvalidRunException($"{worker} was not replaced for its memory.");
        return seenAt >= crossedAt
            ? Clock.Milliseconds(Math.Max(0, seenAt - Math.Max(crossedAt, overAt)))
            : throw new InvalidRunException(
                $"{worker} was replaced {Clock.Milliseconds(crossedAt - seenAt)} ms before it crossed its limit.");
    }

    /// <summary>Returns the time at which the replacement was launched or the worker stopped taking calls; 0 for neither.</summary>
    private static async Task<long> DetectAsync(EventStream events, WorkerId worker)
    {
        LifecycleEvent? seen = await events.NextAsync<LifecycleEvent>(happened => happened switch
        {
            WorkerDrainingEvent draining => draining.Worker == worker,
            WorkerStartedEvent started => started.Worker.Slot == worker.Slot && started.Worker.Generation > worker.Generation,
            _ => false,
        });
        return seen is null ? 0 : Stopwatch.GetTimestamp();
    }

    private static async Task<long> LeakAsync(IWorkerPool pool, long limit, Task detected)
    {
        await pool.ExecuteAsync("leak", ToolArguments.Positional(limit, LeakMibPerSecond, CallSeconds), null, CancellationToken.None);
        return Stopwatch.GetTimestamp();
    }

    private static async Task<long> StepAsync(IWorkerPool pool, long limit, Task detected)
    {
        await pool.ExecuteAsync("step", ToolArguments.Positional(limit, StepMib, CallSeconds / 2), null, CancellationToken.None);
        return Stopwatch.GetTimestamp();
    }

    /// <summary>Takes memory in short calls. The time of the crossing counts.</summary>
    private static async Task<long> TakeAsync(IWorkerPool pool, long limit, Task detected)
    {
        while (!detected.IsCompleted)
        {
            await pool.ExecuteAsync("take", ToolArguments.Positional(limit, 1), null, CancellationToken.None);
            await Task.Delay(s_betweenCalls);
        }
        return 0;
    }
}
