using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Replaces thousands of workers and counts the leftovers in the host and in the processes that stay with it.</summary>
internal sealed class LeakFreeScenario : IScenario
{
    private const int Workers = 16;
    private const int Concurrent = 8;
    private const int MostRecycles = 10_000;
    private const int WarmUpRecycles = 500;
    private const int LeastRecycles = 2 * WarmUpRecycles;
    private static readonly TimeSpan s_reportPeriod = TimeSpan.FromSeconds(5);

    public string Name => "leak-free";

    public string Description => "16 workers replaced 10,000 times in all, eight at a time: what is left behind.";

    public int DefaultSeconds => 900;

    public int QuickSeconds => 10;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("recycles", "workers replaced"),
        None("failed", "not replaced when they should be, or calls that failed between"),
        None("fd_growth", "more open files, of the host and the processes that stay with it"),
        None("thread_growth", "more threads of them, beside those of .NET's own"),
        None("zombies", "dead processes left"),
        new("heap_growth_pct", "growth of the host's heap from the second third of the replacements to the last, %"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, static pool =>
        {
            pool.Start.Method = StartMethod.Zygote;
            pool.Start.MaxConcurrent = Concurrent;
            pool.Recycle.MaxConcurrent = Concurrent;
        });
        IWorkerPool pool = bench.Workers;
        var leftovers = new Leftovers();
        int recycles = 0, failed = 0;
        long reported = 0;
        foreach (int _ in Deadline.Until(run.Duration, cancellation).TakeWhile(_ => recycles < MostRecycles))
        {
            RecycleReport report = await pool.RecycleAsync(cancellationToken: cancellation);
            recycles += report.Slots.Count(static slot => slot.Outcome == SlotRecycleOutcome.Replaced);
            foreach (SlotRecycle slot in report.Slots.Where(static slot => slot.Outcome != SlotRecycleOutcome.Replaced))
            {
                failed++;
                run.Progress.Say($"slot {slot.Slot} was not replaced: {slot}");
            }
            failed += await CountFailedAsync(pool, run.Progress);
            if (recycles >= (run.IsQuick ? WarmUpRecycles / 5 : WarmUpRecycles))
            {
                leftovers.Count(recycles, [.. pool.GetSnapshot().Workers.Select(static worker => worker.Pid)]);
            }
            if (Stopwatch.GetElapsedTime(reported) > s_reportPeriod)
            {
                reported = Stopwatch.GetTimestamp();
                run.Progress.Say($"{recycles} workers replaced, {failed} failed{leftovers}");
            }
        }
        int least = run.IsQuick ? LeastRecycles / 4 : LeastRecycles;
        return recycles < least
            ? throw new InvalidRunException($"{recycles} workers were replaced; fewer than {least} show nothing. Give it more --seconds.")
            : new Dictionary<string, double>
            {
                ["recycles"] = recycles,
                ["failed"] = failed,
                ["fd_growth"] = leftovers.DescriptorGrowth,
                ["thread_growth"] = leftovers.ThreadGrowth,
                ["zombies"] = leftovers.Zombies,
                ["heap_growth_pct"] = leftovers.HeapGrowthPercent,
            };
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static async Task<int> CountFailedAsync(IWorkerPool pool, Reporting.Progress progress)
    {
        int failed = 0;
        async Task CallAsync(int a)
        {
            try
            {
                Addition.Check(a, await pool.ExecuteAsync<int>("add", ToolArguments.Named(("a", a), ("b", Addition.B))));
            }
            catch (SnakepitException error)
            {
                Interlocked.Increment(ref failed);
                progress.Say($"a call failed: {error.Message}");
            }
        }

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(CallAsync));
        return failed;
    }
}
