using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>What a pool costs that nobody calls.</summary>
internal sealed class IdleScenario : IScenario
{
    private const int Workers = 8;

    // The runtime goes on compiling what ran often, in the start as in the search for the processes below.
    private static readonly TimeSpan s_settleTime = TimeSpan.FromSeconds(3);

    public string Name => "idle";

    public string Description => "CPU time of a pool of 8 that nobody calls.";

    public int DefaultSeconds => 30;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("host_ticks", "CPU time of the host, in ticks of 10 ms"),
        new("worker_ticks", "CPU time of the workers and their launcher"),
        new("total_ticks", "of all together", Bar.AtMost(3)),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool pool = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation);
        IReadOnlyList<int> processes = ProcessFacts.Descendants();
        if (processes.Count != Workers + 1)
        {
            throw new InvalidRunException($"There are {processes.Count} processes where {Workers} workers and their launcher should be.");
        }
        _ = Ticks(processes);
        await Task.Delay(s_settleTime, cancellation);
        (long Host, long Workers) before = Ticks(processes);
        await Task.Delay(run.Duration, cancellation);
        (long Host, long Workers) after = Ticks(processes);
        long host = after.Host - before.Host;
        long workers = after.Workers - before.Workers;
        return new Dictionary<string, double>
        {
            ["host_ticks"] = host,
            ["worker_ticks"] = workers,
            ["total_ticks"] = host + workers,
        };
    }

    private static (long Host, long Workers) Ticks(IReadOnlyList<int> processes) =>
        (ProcessFacts.CpuTicks(Environment.ProcessId), processes.Sum(ProcessFacts.CpuTicks));
}
