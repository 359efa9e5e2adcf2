using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>Workers that do not leak, though a glance at their memory could say so. Returned is how many were replaced for it all the same.</summary>
internal static class FalseAlarmTrial
{
    private const int LimitMib = 64;
    private const int SpikeMib = 300;
    private const double SpikeMs = 50;
    private const double LongestSpikeMs = 100; // what lasts longer, as the system may have to find huge pages first, is no spike, and its worker rightly replaced
    private const int LeastSpikes = 10;
    private const int SharedKib = 400 * 1024;
    private static readonly TimeSpan s_betweenSpikes = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_betweenReads = TimeSpan.FromMilliseconds(50);

    /// <summary>A worker that takes much and gives it back at once.</summary>
    public static async Task<(int Spikes, long Recycles)> SpikeAsync(string python, MemoryRecord record, TimeSpan duration, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(python, 1, cancellation, pool =>
        {
            record.Configure(pool);
            Limit(pool);
        });
        int spikes = 0;
        long falseAlarms = 0, known = 0;
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            double[] had = await bench.Workers.ExecuteAsync<double[]>("spike", ToolArguments.Positional(SpikeMib, SpikeMs), null, cancellation);
            if (had[0] < SpikeMib)
            {
                throw new InvalidRunException($"A spike of {SpikeMib} MiB had {had[0]} MiB resident: the system gives no huge pages.");
            }
            await Task.Delay(s_betweenSpikes, cancellation);
            long recycles = CountRecycles(bench.Workers);
            if (had[1] <= LongestSpikeMs)
            {
                spikes++;
                falseAlarms += recycles - known;
            }
            known = recycles;
        }
        return spikes >= LeastSpikes ? (spikes, falseAlarms) : throw new InvalidRunException($"The machine was so busy that there were only {spikes} short spikes.");
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
        return now.Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.MemoryThreshold)
            + now.Workers.Count(static worker => worker.Recycling == RecycleReason.MemoryThreshold);
    }
}
