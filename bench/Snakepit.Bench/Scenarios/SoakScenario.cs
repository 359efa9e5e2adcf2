using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Runs a pool for long: calls succeed, fail, time out and are cancelled, and workers are replaced and die. Measures the growth of
/// resources.
/// </summary>
internal sealed class SoakScenario : IScenario
{
    private const int Workers = 4;
    private const double CallsPerSecond = 400;
    private const int RoundsPerKill = 1;
    private const int LeastSamples = 20;
    private const double WarmUpShare = 0.2; // 2 minutes of 10

    // A leak of 100 bytes per call is 24 MB in 10 minutes, a third of the host's memory. Below this limit .NET's own memory varies.
    private const double MostGrowthPct = 5;

    // The host keeps its reader threads and their stacks, so its resident memory has no reason to grow.
    private const double MostResidentGrowthPct = 3;

    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_soon = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_settle = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_reportPeriod = TimeSpan.FromSeconds(30);
    private static readonly ToolCallOptions s_brief = new() { Timeout = s_soon };

    public string Name => "soak";

    public string Description =>
        "400 calls per second of 4 workers: most succeed, some fail, time out or are cancelled; workers are replaced by age and " +
        "requests, and killed. What grows after the first fifth of the time.";

    public int DefaultSeconds => 600;

    public int QuickSeconds => 15;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("calls", "calls"),
        new("failed", "of those that were to succeed failed with a killed worker"),
        new("recycles", "workers replaced"),
        new("kills", "workers killed"),
        None("descriptors_growth_pct", "more open files, of the host and the processes that stay with it, %"),
        None("threads_growth_pct", "more threads of them, beside those of .NET's own, %"),
        None("zombies", "dead processes left"),
        new(
            "heap_growth_pct",
            "the host's heap gains in 10 minutes, by its least-squares line, %",
            Bar.AtMost(MostGrowthPct).InFullRuns())
        {
            Combine = static values => values.Max(),
        },
        new("rss_growth_pct", "the host's resident memory, likewise, %", Bar.AtMost(MostResidentGrowthPct).InFullRuns())
        {
            Combine = static values => values.Max(),
        },
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, static pool =>
        {
            pool.Adapter = BenchFiles.SoakTools;
            pool.Recycle.Ttl = TimeSpan.FromSeconds(5); // so often that .NET has optimized the replacement when the warm-up ends
            pool.Recycle.MaxRequests = 300;
        });
        IWorkerPool pool = bench.Workers;
        var life = new Life(pool);
        var record = new SoakRecord();
        long begun = Stopwatch.GetTimestamp();
        long reported = begun;
        foreach (int round in Deadline.Until(run.Duration, cancellation))
        {
            life.KillsOne = round % RoundsPerKill == 0;
            LoadResult load = await new OpenLoop(life.CallAsync, CallsPerSecond).RunAsync(s_round);
            if (load.Failed > 0)
            {
                throw new InvalidRunException($"A call failed that should not: {load.FirstFailure}");
            }
            await SettleAsync(pool, cancellation);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begun);
            if (elapsed < run.Duration * WarmUpShare)
            {
                record.Clear(); // the sampling is warmed up too, because its last compilation leaves 8 MB in the C library's arenas
            }
            record.Take(elapsed, [.. pool.GetSnapshot().Workers.Select(static worker => worker.Pid)]);
            if (Stopwatch.GetElapsedTime(reported) > s_reportPeriod)
            {
                reported = Stopwatch.GetTimestamp();
                run.Progress.Say(string.Create(
                    CultureInfo.InvariantCulture, $"{elapsed.TotalMinutes:0.0} min, {life.Calls} calls; {record}"));
            }
        }
        return record.Count < (run.IsQuick ? LeastSamples / 2 : LeastSamples)
            ? throw new InvalidRunException($"{record.Count} samples show nothing. Give it more --seconds.")
            : new Dictionary<string, double>
            {
                ["calls"] = life.Calls,
                ["failed"] = life.Failed,
                ["recycles"] = pool.GetSnapshot().Recycled,
                ["kills"] = life.Kills,
                ["descriptors_growth_pct"] = record.DescriptorGrowthPct,
                ["threads_growth_pct"] = record.ThreadGrowthPct,
                ["zombies"] = record.Zombies,
                ["heap_growth_pct"] = record.HeapGrowthPct,
                ["rss_growth_pct"] = record.ResidentGrowthPct,
            };
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    /// <summary>Waits until all workers serve and none starts or leaves.</summary>
    private static async Task SettleAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        long begun = Stopwatch.GetTimestamp();
        while (pool.GetSnapshot() is var now
            && (now.Workers.Count != Workers || now.Workers.Any(static worker => worker.State != WorkerState.Serving)))
        {
            if (Stopwatch.GetElapsedTime(begun) > s_patience)
            {
                throw new InvalidRunException($"The pool did not come to rest within {s_patience.TotalSeconds} s.");
            }
            await Task.Delay(s_settle, cancellation);
        }
    }

    /// <summary>Makes calls one after another. The number of a call decides its kind.</summary>
    private sealed class Life(IWorkerPool pool)
    {
        private int _calls;
        private int _failed;

        public int Calls => _calls;

        public int Failed => _failed;

        public int Kills { get; private set; }

        /// <summary>True to kill a worker in the next round.</summary>
        public bool KillsOne { get; set; }

        public async ValueTask CallAsync()
        {
            int number = Interlocked.Increment(ref _calls);
            try
            {
                switch (number % 20)
                {
                    case 0:
                        await pool.ExecuteAsync("linger", options: s_brief);
                        break;
                    case 1:
                        await CancelAsync();
                        break;
                    case 2 or 3:
                        await pool.ExecuteAsync("fail");
                        break;
                    default:
                        await WorkAsync(number);
                        break;
                }
            }
            catch (Exception e) when (number % 20 <= 3
                && e is (ToolException or CallTimeoutException or OperationCanceledException or PoolSaturatedException))
            {
                // the intended outcome
            }
            catch (WorkerLostException)
            {
                Interlocked.Increment(ref _failed);
            }
        }

        private async ValueTask WorkAsync(int number)
        {
            if (KillsOne)
            {
                KillsOne = false;
                Kill();
            }
            int said = await pool.ExecuteAsync<int>("work", ToolArguments.Positional(number));
            _ = said == number ? said : throw new InvalidRunException($"work({number}) returned {said}.");
        }

        private async ValueTask CancelAsync()
        {
            using var soon = new CancellationTokenSource(s_soon);
            await pool.ExecuteAsync("linger", cancellationToken: soon.Token);
        }

        private void Kill()
        {
            if (pool.GetSnapshot().Workers.FirstOrDefault(static worker => worker.State == WorkerState.Serving) is { } victim
                && Victim.Signal(pool, victim, Libc.SigKill))
            {
                Kills++;
            }
        }
    }
}
