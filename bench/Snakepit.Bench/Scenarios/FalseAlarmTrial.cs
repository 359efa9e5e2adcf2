using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>Runs workers whose memory could look like a leak but is none. Each trial returns the number of replaced workers.</summary>
internal static class FalseAlarmTrial
{
    private const int LimitMib = 64;
    private const int SpikeMib = 300;
    private const double SpikeMs = 50;
    private const double SpikeMsMax = 100;
    private const int SharedKib = 400 * 1024;
    private const int SegmentMib = 512;
    private const int HardLimitMib = 256; // less than the shared memory
    private static readonly TimeSpan s_betweenSpikes = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_betweenReads = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Runs a worker that takes much memory and gives it back at once. When a slow machine makes the spike longer, a replacement is no
    /// mistake and does not count.
    /// </summary>
    public static async Task<(int Spikes, int Longer, long Recycles)> SpikeAsync(
        string python, MemoryRecord record, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            Limit(pool);
        });
        (int spikes, int longer) = (0, 0);
        long recycles = 0;
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await LimitedWorker.FindAsync(bench.Workers, cancellation);
            long before = CountRecycles(bench.Workers);
            bool isShort = await SpikeOnceAsync(bench.Workers, cancellation) <= SpikeMsMax;
            await Task.Delay(s_betweenSpikes, cancellation);
            recycles += isShort ? CountRecycles(bench.Workers) - before : 0;
            spikes += isShort ? 1 : 0;
            longer += isShort ? 0 : 1;
        }
        return spikes > 0
            ? (spikes, longer, recycles)
            : throw new InvalidRunException($"No spike of {longer} was over within {SpikeMsMax} ms.");
    }

    /// <summary>Runs a worker that maps a segment of shared memory, which does not count as its own.</summary>
    public static async Task<long> MapAsync(string python, MemoryRecord record, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            Limit(pool);
            pool.Memory.HardLimit = MemorySize.FromMiB(HardLimitMib);
        });
        int resident = await bench.Workers.ExecuteAsync<int>("share", ToolArguments.Positional(SegmentMib), null, cancellation);
        if (resident < SegmentMib)
        {
            throw new InvalidRunException($"Of a segment of {SegmentMib} MiB {resident} MiB were resident.");
        }
        await Task.Delay(duration, cancellation);
        return CountRecycles(bench.Workers);
    }

    /// <summary>
    /// Runs a worker that shares memory with a zygote until the zygote ends. The shared memory is the worker's own then, although it took
    /// nothing.
    /// </summary>
    public static async Task<long> ShareAsync(string python, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, static pool =>
        {
            pool.Adapter = BenchFiles.BigTools;
            pool.Start.Method = StartMethod.Zygote;
            pool.Start.Preload.Add("big_import");
            pool.Python.PythonPath.Add(Path.GetDirectoryName(BenchFiles.BigTools)!);
            Limit(pool);
            pool.Memory.HardLimit = MemorySize.FromMiB(HardLimitMib);
        });
        (WorkerId worker, _) = await LimitedWorker.FindAsync(bench.Workers, cancellation);
        if (!await bench.Workers.ExecuteAsync<bool>("is_forked", cancellationToken: cancellation))
        {
            throw new InvalidRunException($"{worker} was not forked, so it shares nothing.");
        }
        await ReadAsync(bench.Workers, duration / 2, cancellation);
        KillZygote(bench.Workers);
        await ReadAsync(bench.Workers, duration / 2, cancellation);
        long recycles = CountRecycles(bench.Workers);
        return recycles > 0 || bench.Workers.GetSnapshot().Workers.Any(one => one.Id == worker)
            ? recycles
            : throw new InvalidRunException($"{worker} has ended for another reason than its memory.");
    }

    private static void Limit(PoolOptions pool)
    {
        pool.Memory.SoftLimit = MemorySize.FromMiB(LimitMib);
        pool.Recycle.MinLifetime = TimeSpan.Zero;
    }

    /// <summary>Returns the time in ms for which the worker had more memory than the limit.</summary>
    private static async Task<double> SpikeOnceAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        var arguments = ToolArguments.Positional(SpikeMib, LimitMib, SpikeMs);
        double[] spike = await pool.ExecuteAsync<double[]>("spike", arguments, null, cancellation);
        return spike is [>= SpikeMib, var ms]
            ? ms
            : throw new InvalidRunException($"A spike of {SpikeMib} MiB had {spike[0]} MiB resident: the system gives no huge pages.");
    }

    private static async Task ReadAsync(IWorkerPool pool, TimeSpan duration, CancellationToken cancellation)
    {
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            await pool.ExecuteAsync<int>("read", cancellationToken: cancellation);
            await Task.Delay(s_betweenReads, cancellation);
        }
    }

    /// <summary>Kills the zygote, which is the process that has the memory and is no worker. Only its pool knows its number.</summary>
    private static void KillZygote(IWorkerPool pool)
    {
        int[] workers = [.. pool.GetSnapshot().Workers.Select(static worker => worker.Pid)];
        int[] zygotes = [.. ProcessFacts.Descendants().Except(workers).Where(static pid => ProcessFacts.ResidentKib(pid) > SharedKib)];
        if (zygotes is not [var zygote])
        {
            throw new InvalidRunException($"{zygotes.Length} processes look like the zygote.");
        }
        using var process = new Descriptor(Libc.PidfdOpen(zygote));
        if (process.IsInvalid || ProcessFacts.ResidentKib(zygote) < SharedKib || Libc.PidfdSendSignal(process.Number, Libc.SigKill) < 0)
        {
            throw new InvalidRunException("The zygote has ended without being killed.");
        }
    }

    private static long CountRecycles(IWorkerPool pool)
    {
        PoolSnapshot now = pool.GetSnapshot();
        return now.Lifecycle.RecyclesByReason.Where(static counted => IsMemory(counted.Key)).Sum(static counted => counted.Value)
            + now.Workers.Count(static worker => IsMemory(worker.RecycleReason));
    }

    private static bool IsMemory(RecycleReason? reason) => reason == RecycleReason.MemoryThreshold || reason == RecycleReason.MemoryLimit;
}
