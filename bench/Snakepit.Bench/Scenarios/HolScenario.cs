using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Measures head-of-line blocking. One of two workers is blocked while short calls are always in flight, some of which may already wait in
/// its channel. The control is the same time without a blocked worker.
/// </summary>
internal sealed class HolScenario : IScenario
{
    private const int Workers = 2;
    private const double BlockedSeconds = 2;
    private const double TrialNumbers = 20_000_000; // a good part of a second
    private const int Trials = 3;
    private const string Short = "add";
    private const string Liar = "add_or_block"; // blocks or not, depending on its argument
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);
    private static readonly Bar s_maxDelay = Bar.AtMost(3, Reference.InterpreterStart)
        .Because("the longest of some 100,000 calls: 1.1 to 2.1; was 20 ms, 3.2 starts");

    public string Name => "hol";

    public string Description => "The longest of 64 short calls always in flight while one of two workers is blocked for 2 s.";

    public int DefaultSeconds => 25;

    public int QuickSeconds => 4;

    public int DefaultRepeat => 3;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        Longest("max_delay_ms_free", "no worker blocked, ms", null) with { IsControl = true },
        Longest("max_delay_ms_sleep", "blocked by a sleep", s_maxDelay),
        Longest("max_delay_ms_loop", "by a Python loop", s_maxDelay),
        Longest("max_delay_ms_gil", "by sum(range(N)), which holds the GIL", s_maxDelay),
        Longest("max_delay_ms_liar", "by the same, called through the short calls' own tool", null),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using BenchPool bench = await BenchPool.StartAsync(run.Python.Executable, Workers, cancellation);
        IWorkerPool pool = bench.Workers;
        await ClosedLoop.MeasureAsync(end => Addition.CallUntilAsync(pool, end), Blockade.Callers, s_warmUp);
        double numbers = await CalibrateAsync(pool);
        run.Progress.Say(string.Create(CultureInfo.InvariantCulture, $"sum(range({numbers:#,0})) takes about {BlockedSeconds} s"));
        Blockade[] blockades =
        [
            new("max_delay_ms_free", pool, Short, () => Task.Delay(TimeSpan.FromSeconds(BlockedSeconds), cancellation)),
            new("max_delay_ms_sleep", pool, Short, () => BlockAsync(pool, "sleep", BlockedSeconds)),
            new("max_delay_ms_loop", pool, Short, () => BlockAsync(pool, "loop", BlockedSeconds)),
            new("max_delay_ms_gil", pool, Short, () => BlockAsync(pool, "gil", numbers)),
            new("max_delay_ms_liar", pool, Liar, async () =>
                Addition.Check(0, await pool.ExecuteAsync<int>(Liar, ToolArguments.Positional(0, Addition.B, "gil", numbers)))),
        ];
        foreach (int _ in Deadline.Until(run.Duration, cancellation))
        {
            foreach (Blockade blockade in blockades)
            {
                await blockade.RunAsync();
            }
        }
        return blockades.ToDictionary(static blockade => blockade.Metric, static blockade => blockade.LongestMs);
    }

    private static Metric Longest(string name, string meaning, Bar? bar) =>
        new(name, meaning, bar) { Combine = static values => values.Max() };

    private static async Task<double> CalibrateAsync(IWorkerPool pool)
    {
        double seconds = double.MaxValue;
        for (int i = 0; i < Trials; i++)
        {
            seconds = Math.Min(seconds, await BlockAsync(pool, "gil", TrialNumbers));
        }
        return Math.Round(TrialNumbers * BlockedSeconds / seconds);
    }

    private static async Task<double> BlockAsync(IWorkerPool pool, string how, double amount) =>
        await pool.ExecuteAsync<double>("block", ToolArguments.Positional(how, amount));
}
