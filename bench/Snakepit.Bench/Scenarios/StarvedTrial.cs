using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Runs healthy workers of the lowest priority on cores that are always busy. Their calls have a minute each.</summary>
internal static class StarvedTrial
{
    private const int Workers = 2;
    private const double CallMs = 2;
    private const int Nice = 19;

    /// <summary>Returns the number of answered calls and the number of killed workers.</summary>
    public static async Task<(int Calls, int Kills)> RunAsync(BenchRun run, Action<PoolOptions> setClocks, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation, pool =>
        {
            setClocks(pool);
            pool.Health.UnresponsiveTimeout = pool.Health.LivenessTimeout;
            pool.Python.Variables["SNAKEPIT_BENCH_NICE"] = Nice.ToString(CultureInfo.InvariantCulture);
        });
        int[] before = Pids(bench.Workers);
        Process[] spinners = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Spinner.Start(run.Python.Executable))];
        int[] calls;
        try
        {
            calls = await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => CallAsync(bench.Workers, run.Duration / 3, cancellation)));
        }
        finally
        {
            Array.ForEach(spinners, Spinner.End);
        }
        int kills = before.Except(Pids(bench.Workers)).Count();
        run.Progress.Say($"starved: {calls.Sum()} calls, {kills} workers killed");
        return (calls.Sum(), kills);
    }

    private static int[] Pids(IWorkerPool pool) =>
        [.. pool.GetSnapshot().Workers.Where(static worker => worker.State == WorkerState.Serving).Select(static worker => worker.Pid)];

    private static async Task<int> CallAsync(IWorkerPool pool, TimeSpan duration, CancellationToken cancellation)
    {
        int calls = 0;
        foreach (int _ in Deadline.Until(duration, cancellation))
        {
            try
            {
                int nice = await pool.ExecuteAsync<int>("work", ToolArguments.Positional(CallMs), null, cancellation);
                calls += nice == Nice ? 1 : throw new InvalidRunException($"A worker has the niceness {nice}.");
            }
            catch (WorkerLostException)
            {
                // the events count it
            }
        }
        return calls;
    }
}
