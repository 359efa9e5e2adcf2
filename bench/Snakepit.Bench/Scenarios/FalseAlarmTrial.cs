using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>Workers that do not leak, though a glance at their memory could say so. Returned is how many were replaced for it all the same.</summary>
internal static class FalseAlarmTrial
{
    private const int LimitMib = 64;
    private const int SpikeMib = 300;
    private const double SpikeMs = 50;
    private const double SpikeMsMax = 100;
    private const int SharedKib = 400 * 1024;
    private const int SegmentMib = 512;
    private const int HardLimitMib = 256; // less than what is shared
    private static readonly TimeSpan s_betweenSpikes = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_betweenReads = TimeSpan.FromMilliseconds(50);

    /// <summary>A worker that takes much and gives it back at once. When the machine is so slow to hand out memory that it has had it for longer, a
    /// replacement is no mistake, and is not counted.</summary>
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
        return spikes > 0 ? (spikes, longer, recycles) : throw new InvalidRunException($"No spike of {longer} was over within {SpikeMsMax} ms.");
    }

    /// <summary>A worker that maps a segment of shared memory: it is charged to nobody who maps it.</summary>
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

    /// <summary>A worker that has its memory from a zygote, which ends while it lives: what was shared is its own now, and it has taken nothing.</summary>
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

    /// <summary>For how many ms it had more than the limit.</summary>
    private static async Task<double> SpikeOnceAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        double[] spike = await pool.ExecuteAsync<double[]>("spike", ToolArguments.Positional(SpikeMib, LimitMib, SpikeMs), null, cancellation);
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

    /// <summary>The zygote is the process that has the memory and is no worker. Nobody but its pool knows its number.</summary>
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
