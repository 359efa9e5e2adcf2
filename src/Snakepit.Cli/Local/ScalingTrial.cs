using System.Diagnostics;
using System.Globalization;
using Snakepit.Cli.Output;
using Snakepit.Processes;

namespace Snakepit.Cli.Local;

/// <summary>Measures on a scratch pool how many workers this machine can start, hold and keep busy. No pool of a running host takes
/// part.</summary>
/// <param name="configure">Sets the options of the pool.</param>
/// <param name="workers">The workers to start.</param>
/// <param name="step">How long each number of calls at once is measured.</param>
/// <param name="note">Gets what is going on.</param>
internal sealed class ScalingTrial(Action<PoolOptions> configure, int workers, TimeSpan step, Action<string> note)
{
    private const string Processors = "processors";
    private const int Rounds = 2_000; // of a call, which takes about a millisecond
    private const double LeastGain = 1.2; // of twice the calls at once, to count as more
    private const double Safe = 0.75;

    public async Task<ScalingReport> RunAsync(CancellationToken cancellationToken)
    {
        using var scratch = new ScratchAdapter();
        HostLimits before = HostLimits.Read();
        long? free = FreeMemory.OfThisProcess().Read();
        note("Starting one worker…");
        long began = Stopwatch.GetTimestamp();
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            builder => builder.AddPool(ScratchAdapter.Pool, pool =>
            {
                configure(pool);
                pool.Adapter = scratch.File;
                pool.Size = 1;
            }),
            cancellationToken);
        double first = Stopwatch.GetElapsedTime(began).TotalSeconds;
        IWorkerPool pool = runtime.GetPool(ScratchAdapter.Pool);
        HostLimits one = HostLimits.Read();
        note($"Starting {workers - 1} more…");
        began = Stopwatch.GetTimestamp();
        await pool.ResizeAsync(workers, cancellationToken);
        double rest = Stopwatch.GetElapsedTime(began).TotalSeconds;
        HostLimits all = HostLimits.Read();
        int[] pids = [.. pool.GetSnapshot().Workers.Select(static worker => worker.Pid)];
        var costs = new WorkerCosts(
            (long)pids.Average(MemoryOf),
            Math.Max(0, (double)(all.OpenDescriptors - one.OpenDescriptors) / (workers - 1)),
            Math.Max(1, pids.Average(TasksOf)));
        List<Throughput> computing = await MeasureAsync(pool, cancellationToken);
        int saturated = Knee(computing);
        WorkerLimit[] limits = [.. Limits(before, free, costs, saturated, workers).OrderBy(static limit => limit.Workers ?? long.MaxValue)];
        WorkerLimit tightest =
            limits.Where(static limit => limit.Name != Processors).MinBy(static limit => limit.Workers ?? long.MaxValue)!;
        return new ScalingReport
        {
            Processors = Environment.ProcessorCount,
            Python = $"{pool.GetSnapshot().Python}",
            Workers = workers,
            FirstStartSeconds = first,
            StartsPerSecond = (workers - 1) / rest,
            MemoryPerWorkerBytes = costs.Memory,
            DescriptorsPerWorker = costs.Descriptors,
            TasksPerWorker = costs.Tasks,
            Computing = computing,
            SaturatedAt = saturated,
            Limits = limits,
            ComputingSize = saturated,
            WaitingSize = (long)Math.Max(1, Safe * (tightest.Workers ?? workers)),
            Bottleneck = $"Tools that compute: {Environment.ProcessorCount} processors. Tools that wait: {tightest.Name}.",
        };
    }

    private async Task<List<Throughput>> MeasureAsync(IWorkerPool pool, CancellationToken cancellationToken)
    {
        var measured = new List<Throughput>();
        for (int calls = 1; calls <= workers; calls = calls < workers ? Math.Min(2 * calls, workers) : workers + 1)
        {
            note($"Measuring {Shown.Count(calls, "call")} at once…");
            measured.Add(new Throughput(calls, await MeasureAsync(pool, calls, cancellationToken)));
        }
        return measured;
    }

    /// <summary>Returns the calls per second of so many callers, each of which calls again as soon as it is answered.</summary>
    private async Task<double> MeasureAsync(IWorkerPool pool, int callers, CancellationToken cancellationToken)
    {
        long began = Stopwatch.GetTimestamp();
        int[] counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            int count = 0;
            while (Stopwatch.GetElapsedTime(began) < step)
            {
                await pool.ExecuteAsync("work", ToolArguments.Positional(Rounds), cancellationToken: cancellationToken);
                count++;
            }
            return count;
        }));
        return counts.Sum() / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Returns the first number of calls beyond which more hardly add any: neither twice as many nor a larger number, because
    /// something else may have disturbed one measurement.</summary>
    internal static int Knee(IReadOnlyList<Throughput> measured)
    {
        for (int i = 0; i + 1 < measured.Count; i++)
        {
            if (measured.Skip(i + 1).All(more => more.CallsPerSecond < LeastGain * measured[i].CallsPerSecond))
            {
                return measured[i].Calls;
            }
        }
        return measured[^1].Calls;
    }

    private static IEnumerable<WorkerLimit> Limits(HostLimits limits, long? free, WorkerCosts costs, int saturated, int calls)
    {
        yield return saturated < calls
            ? new WorkerLimit(Processors, saturated, "more calls that compute at once hardly add any")
            : new WorkerLimit(Processors, null, $"not reached with {calls} calls that compute at once; measure with more --workers");
        yield return new WorkerLimit(
            "memory", free / Math.Max(1, costs.Memory),
            $"{Show.Size(free)} are free, and a worker without your libraries has {Show.Size(costs.Memory)}");
        yield return new WorkerLimit(
            "open files", Fit(limits.Descriptors, limits.OpenDescriptors, costs.Descriptors),
            Text(limits.Descriptors, limits.OpenDescriptors, costs.Descriptors, "descriptors"));
        int tasks = limits.Tasks == HostLimits.Unlimited ? 0 : limits.CountUserTasks();
        yield return new WorkerLimit(
            "processes and threads", Fit(limits.Tasks, tasks, costs.Tasks), Text(limits.Tasks, tasks, costs.Tasks, "tasks"));
    }

    private static long? Fit(ulong limit, int used, double perWorker) => limit >= long.MaxValue || perWorker <= 0
        ? null
        : (long)Math.Max(0, ((double)limit - used) / perWorker);

    private static string Text(ulong limit, int used, double perWorker, string what) => limit >= long.MaxValue
        ? "not limited"
        : $"{Show.Number(used)} of {Show.Number((long)limit)} {what} are in use, and a worker needs {Show.Rate(perWorker)}";

    private static double MemoryOf(int pid) => new ProcessReader(pid, isReadOften: false, new byte[4096]).ReadPrivate(isForked: false) ?? 0;

    /// <summary>Returns the threads of a process.</summary>
    private static double TasksOf(int pid) =>
        SystemFile.TryRead($"/proc/{pid}/status")?.Split('\n').FirstOrDefault(
            static line => line.StartsWith("Threads:", StringComparison.Ordinal))
            is { } line && int.TryParse(line["Threads:".Length..].Trim(), CultureInfo.InvariantCulture, out int threads)
            ? threads
            : 1;

    private sealed record WorkerCosts(long Memory, double Descriptors, double Tasks);
}
