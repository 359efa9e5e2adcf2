using System.Diagnostics;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Calls a pool whose adapter raises in setup until it is repaired, and one whose health check never passes.</summary>
internal sealed class BrokenAdapterScenario : IScenario
{
    private const string Broken = "def setup():\n    raise ValueError('not today')\n\ndef echo(x):\n    return x\n";
    private const string Mended = "def echo(x):\n    return x\n";
    private const string Unsound = "def echo(x):\n    return x\n\ndef sound():\n    return False\n";
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_betweenCalls = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromMilliseconds(100);

    public string Name => "broken-adapter";

    public string Description =>
        "A pool whose adapter raises in setup() and is mended at the end, and one whose health check never passes.";

    public int DefaultSeconds => 60;

    public int QuickSeconds => 6;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("starts_first_minute", "workers started in the first minute", Bar.AtMost(6)) { Combine = static values => values.Max() },
        new("calls_meanwhile", "calls while no worker could start"),
        Worst(
            "answer_ms_max",
            "the longest of them, ms",
            Bar.AtMost(8, Reference.InterpreterStart).Because("0.3, the longest of 3,000; was 100 ms, 16 starts")),
        Worst("traceback_missing", "of them came without Python's traceback", Bar.AtMost(0)),
        Worst(
            "healed_steps",
            "from the mending to the first ready worker, less its start, in parts of the pause that was due",
            Bar.AtMost(1)),
        Worst("health_loop_recycles", "workers replaced while their check always failed", Bar.AtMost(12)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        string folder = Directory.CreateTempSubdirectory("snakepit-bench-").FullName;
        try
        {
            Dictionary<string, double> measured = await MeasureBrokenAsync(run, Path.Combine(folder, "broken.py"), cancellation);
            measured["health_loop_recycles"] = await MeasureUnsoundAsync(run, Path.Combine(folder, "unsound.py"), cancellation);
            return measured;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Dictionary<string, double>> MeasureBrokenAsync(BenchRun run, string adapter, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(adapter, Broken, cancellation);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SnakepitRuntime runtime = Create(run, adapter, static _ => { });
        IWorkerPool pool = runtime.GetPool("bench");
        Task<(List<StartFailedEvent> Failures, WorkerReadyEvent Ready)> watching = UntilReadyAsync(runtime.WatchAsync(cancellation), begun);
        await runtime.StartAsync(cancellation);
        await begun.Task.WaitAsync(cancellation);
        (int calls, double longest, int bare) = await CallAsync(pool, run.Duration, cancellation);
        await File.WriteAllTextAsync(adapter, Mended, cancellation);
        DateTimeOffset mended = DateTimeOffset.UtcNow;
        (List<StartFailedEvent> failures, WorkerReadyEvent ready) = await watching.WaitAsync(2 * s_minute, cancellation);
        StartFailedEvent last = failures.Last(failed => failed.At <= mended);
        return new Dictionary<string, double>
        {
            ["starts_first_minute"] = failures.Count(failed => failed.At - failures[0].At < s_minute),
            ["calls_meanwhile"] = calls,
            ["answer_ms_max"] = longest,
            ["traceback_missing"] = bare,
            ["healed_steps"] = (ready.At - mended - ready.StartDuration) / last.RetryIn,
        };
    }

    private static Metric Worst(string name, string meaning, Bar bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };

    private static SnakepitRuntime Create(BenchRun run, string adapter, Action<PoolOptions> configure)
    {
        var builder = new SnakepitRuntimeBuilder();
        builder.Options.StartPolicy = StartPolicy.Background;
        builder.AddPool("bench", pool =>
        {
            (pool.Adapter, pool.Size, pool.Python.Executable) = (adapter, 2, run.Python.Executable);
            configure(pool);
        });
        return builder.CreateRuntime();
    }

    private static async Task<(List<StartFailedEvent> Failures, WorkerReadyEvent Ready)> UntilReadyAsync(
        IAsyncEnumerable<LifecycleEvent> events, TaskCompletionSource begun)
    {
        List<StartFailedEvent> failures = [];
        await foreach (LifecycleEvent happened in events)
        {
            if (happened is WorkerReadyEvent ready)
            {
                return (failures, ready);
            }
            if (happened is StartFailedEvent failed)
            {
                failures.Add(failed);
                begun.TrySetResult();
            }
        }
        throw new InvalidRunException("The pool ended before a worker was ready.");
    }

    private static async Task<(int Calls, double Longest, int Bare)> CallAsync(
        IWorkerPool pool, TimeSpan duration, CancellationToken cancellation)
    {
        (int calls, double longest, int bare) = (0, 0, 0);
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            long begin = Stopwatch.GetTimestamp();
            try
            {
                await pool.ExecuteAsync<int>("echo", ToolArguments.Positional(1), null, cancellation);
            }
            catch (AdapterLoadException e)
            {
                bare += e.Error?.Traceback?.Contains("not today", StringComparison.Ordinal) == true ? 0 : 1;
            }
            bool isCompiled = calls++ > 0; // .NET compiles the code during the first call
            longest = isCompiled ? Math.Max(longest, Stopwatch.GetElapsedTime(begin).TotalMilliseconds) : 0;
            await Task.Delay(s_betweenCalls, cancellation);
        }
        return (calls, longest, bare);
    }

    private static async Task<double> MeasureUnsoundAsync(BenchRun run, string adapter, CancellationToken cancellation)
    {
        await File.WriteAllTextAsync(adapter, Unsound, cancellation);
        await using SnakepitRuntime runtime = Create(
            run, adapter, static pool => (pool.Health.CheckTool, pool.Health.CheckInterval) = ("sound", s_checkInterval));
        await runtime.StartAsync(cancellation);
        await runtime.GetPool("bench").WaitUntilReadyAsync(2, cancellation);
        await Task.Delay(run.Duration, cancellation);
        return runtime.GetPool("bench").GetSnapshot().Recycled;
    }
}
