using System.Runtime;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Measures the cost of an idle pool.</summary>
internal sealed class IdleScenario : IScenario
{
    private const int Workers = 8;
    private const int MostBeside = 2; // the launcher and its guard
    private const double MsPerTick = 10;
    private static readonly TimeSpan s_shown = TimeSpan.FromSeconds(30);

    // .NET goes on compiling the code that ran often in the start and in the search for the processes below. That ends after a while.
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(3);
    private const int MostSettling = 6; // multiples of s_settleTime

    // The code of a sign of life is compiled for the last time by then: methods are compiled again after 30 calls, and eight workers give
    // four signs each. A quick run does not wait for that.
    private static readonly TimeSpan s_firstTimes = 4.5 * new HealthOptions().PingInterval;

    public string Name => "idle";

    public string Description => "CPU time of a pool of 8 that nobody calls.";

    public int DefaultSeconds => 30;

    public int QuickSeconds => 12;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("host_ticks", "CPU time of the host in 30 s, in ticks of 10 ms"),
        new("worker_ticks", "CPU time of the workers, their launcher and its guard"),
        new("total_ticks", "of all together"),
        new(
            "total_ms_in_30s",
            "the same, ms",
            Bar.AtMost(5, Reference.InterpreterStart)
                .Because("eight workers that cost in half a minute what five starts cost; was 3 ticks of 10 ms")),
        new("compiled", "methods that the runtime compiled meanwhile, a ms or so of the host's each"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool pool = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation);
        IReadOnlyList<int> processes = ProcessFacts.Descendants();
        if (processes.Count is < Workers + 1 or > Workers + MostBeside)
        {
            throw new InvalidRunException(
                $"There are {processes.Count} processes where {Workers} workers, their launcher and its guard should be.");
        }
        _ = Used(processes);
        await Task.Delay(run.IsQuick ? TimeSpan.Zero : s_firstTimes, cancellation);
        await SettleAsync(cancellation);
        long compiled = JitInfo.GetCompiledMethodCount();
        (double Host, double Workers) before = Used(processes);
        await Task.Delay(run.Duration, cancellation);
        (double Host, double Workers) after = Used(processes);
        compiled = JitInfo.GetCompiledMethodCount() - compiled;
        double scale = s_shown / run.Duration;
        double host = (after.Host - before.Host) * scale;
        double workers = (after.Workers - before.Workers) * scale;
        return new Dictionary<string, double>
        {
            ["host_ticks"] = host / MsPerTick,
            ["worker_ticks"] = workers / MsPerTick,
            ["total_ticks"] = (host + workers) / MsPerTick,
            ["total_ms_in_30s"] = host + workers,
            ["compiled"] = compiled,
        };
    }

    private static async Task SettleAsync(CancellationToken cancellation)
    {
        long compiled;
        int times = 0;
        do
        {
            compiled = JitInfo.GetCompiledMethodCount();
            await Task.Delay(s_settleTime, cancellation);
        }
        while (JitInfo.GetCompiledMethodCount() > compiled && ++times < MostSettling);
    }

    /// <summary>Returns the CPU times of the host and of its workers in ms.</summary>
    private static (double Host, double Workers) Used(IReadOnlyList<int> processes) =>
        (Clock.CpuNanoseconds(Environment.ProcessId) / 1e6, processes.Sum(Clock.CpuNanoseconds) / 1e6);
}
