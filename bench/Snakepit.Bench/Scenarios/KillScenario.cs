using Snakepit.Bench.Measuring;
using Snakepit.Pools;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Kills workers while calls run in them and wait in their channels. Every run of the tool writes the number of its call to a file, so that
/// the runs can be compared with the outcomes that callers got.
/// </summary>
internal sealed class KillScenario : IScenario
{
    private const int Workers = 2;
    private const int Callers = 64;
    private const int MostKills = 1_000;
    private const int KillsPerReport = 100;
    private static readonly TimeSpan s_callTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_lostAfter = 2 * s_callTimeout;

    public string Name => "kill-pipelined";

    public string Description =>
        "One of two workers is killed again and again, 1,000 times at most, while 64 callers call a tool that may run only once per call.";

    public int DefaultSeconds => 300;

    public int QuickSeconds => 6;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("kills", "workers killed"),
        new("calls", "calls meanwhile"),
        None("lost", "of them had no outcome"),
        None("duplicated", "of them ran twice"),
        new("failed", "of them failed as their worker was lost"),
        None("not_begun_failed", "of the failed had not begun"),
        None("finished_but_lost", "of the failed the worker had finished, reply and all"),
        new("ran_but_lost", "of the failed had run, as the tool's file shows"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        using var record = new RunRecord();
        RecordedCaller[] callers;
        int kills;
        int finishedButLost;
        await using (BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
        {
            record.Configure(pool);
            pool.Call.Timeout = s_callTimeout;
        }))
        {
            callers = [.. Enumerable.Range(0, Callers).Select(index => new RecordedCaller(bench.Workers, index, Callers))];
            kills = await KillAsync(bench.Workers, callers, run, cancellation);
            finishedButLost = ((PoolHandle)bench.Workers).Pool.FinishedButLost;
        }
        Dictionary<string, double> compared = Compare(kills, callers, record);
        compared["finished_but_lost"] = finishedButLost;
        return compared;
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static async Task<int> KillAsync(IWorkerPool pool, RecordedCaller[] callers, BenchRun run, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task calling = Task.WhenAll(callers.Select(caller => caller.CallUntilAsync(over.Token)));
        int kills = 0;
        await using (var killer = new WorkerKiller(pool, Workers))
        {
            foreach (int _ in Deadline.Until(run.Duration, cancellation).Take(MostKills))
            {
                await killer.KillOneAsync(cancellation);
                if (++kills % KillsPerReport == 0)
                {
                    run.Progress.Say($"{kills} workers killed");
                }
            }
        }
        await over.CancelAsync();
        if (await Task.WhenAny(calling, Task.Delay(s_lostAfter, cancellation)) == calling)
        {
            await calling; // throws the unexpected exception of a caller
        }
        return kills;
    }

    private static Dictionary<string, double> Compare(int kills, RecordedCaller[] callers, RunRecord record)
    {
        int[] runs = record.CountRuns(callers.Max(static caller => caller.Fates.Count) * callers.Length);
        (CallFate Fate, int Runs)[] calls =
            [.. callers.SelectMany((caller, index) => caller.Fates.Select((fate, i) => (fate, runs[(i * callers.Length) + index])))];
        (CallFate Fate, int Runs)[] failed = [.. calls.Where(static call => call.Fate is CallFate.Lost or CallFate.LostBeforeItBegan)];
        return calls.Any(static call => call is (CallFate.Answered, 0))
            ? throw new InvalidRunException("A call was answered that never ran.")
            : new Dictionary<string, double>
            {
                ["kills"] = kills,
                ["calls"] = calls.Length,
                ["lost"] = calls.Count(static call => call.Fate == CallFate.None),
                ["duplicated"] = calls.Count(static call => call.Runs > 1),
                ["failed"] = failed.Length,
                ["not_begun_failed"] = failed.Count(static call => call.Fate == CallFate.LostBeforeItBegan),
                ["ran_but_lost"] = failed.Count(static call => call.Runs > 0),
            };
    }
}
