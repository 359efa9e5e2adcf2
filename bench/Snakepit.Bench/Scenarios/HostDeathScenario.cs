using System.Diagnostics;
using System.Globalization;
using System.Text;
using Snakepit.Bench.Measuring;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Kills a host in every state of its workers, and measures from outside how long anything of it is left. Checks that the sweep of a start
/// ends the leftovers of dead hosts and touches no live host.
/// </summary>
internal sealed class HostDeathScenario : IScenario
{
    private const int SweepTrials = 500;
    private const int PatienceMs = 10_000;
    private const double MaxWaitMs = 40;

    public string Name => "host-death";

    public string Description =>
        "A host with 32 workers is killed while they serve, boot or are replaced: how long anything is left. " +
        "500 sweeps beside a live host.";

    public int DefaultSeconds => 120;

    public int QuickSeconds => 12;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("rounds", "hosts killed"),
        new("processes", "processes there were of a host, median"),
        None("survivors", "of them lived on"),
        new("gone_ms_p50", "until the last was gone, median, ms"),
        new(
            "gone_ms_p99",
            "the same, 99th percentile, ms",
            Bar.AtMost(50)
                .Plus(8, Reference.InterpreterStart)
                .Because("84 ms: 36 processes, some of which have to be scheduled once more to end; was 100 ms")),
        new("floor_ms_p50", "32 idle processes without a host, killed one by one by who waits for them, median, ms") { IsControl = true },
        new("sweep_trials", "sweeps beside a live host, each with a leftover of a dead one"),
        None("sweep_killed_live", "processes of the live host that they ended"),
        None("sweep_missed", "leftovers that they did not end"),
        new("sweep_ms_p50", "one sweep, median, ms"),
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var gone = new List<long>();
        var floor = new List<long>();
        var processes = new List<double>();
        int survivors = 0;
        var random = new Random(1);
        foreach (int round in Deadline.Until(run.Duration, cancellation).Take(run.Count ?? int.MaxValue))
        {
            int kind = round % DoomedHost.Rounds;
            (int Seen, int Survivors, long Took) one = await KillAsync(run.Python.Executable, kind, random, cancellation);
            processes.Add(one.Seen);
            survivors += one.Survivors;
            gone.Add(one.Took);
            floor.Add(MeasureFloor());
            run.Progress.Say(string.Create(CultureInfo.InvariantCulture,
                $"round {round}, kind {round % DoomedHost.Rounds}: {one.Seen} processes gone after {Clock.Milliseconds(one.Took):0.0} ms"));
        }
        Dictionary<string, double> measured = await SweepAsync(run.Python.Executable, run.IsQuick ? SweepTrials / 5 : SweepTrials);
        measured["rounds"] = gone.Count;
        measured["processes"] = Samples.Median(processes);
        measured["survivors"] = survivors;
        measured["gone_ms_p50"] = Clock.Milliseconds(Samples.Percentile(gone.ToArray(), 0.50));
        measured["gone_ms_p99"] = Clock.Milliseconds(Samples.Percentile(gone.ToArray(), 0.99));
        measured["floor_ms_p50"] = Clock.Milliseconds(Samples.Percentile(floor.ToArray(), 0.50));
        return measured;
    }

    private static Metric None(string name, string meaning) =>
        new(name, meaning, Bar.AtMost(0)) { Combine = static values => values.Max() };

    private static async Task<(int Seen, int Survivors, long Took)> KillAsync(
        string python, int kind, Random random, CancellationToken cancellation)
    {
        using DoomedHost host = await DoomedHost.StartAsync(python, kind);
        await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * MaxWaitMs), cancellation);
        byte[] mark = Encoding.ASCII.GetBytes(host.Mark + "\0");
        List<Descriptor> seen = Find(mark);
        int count = seen.Count;
        long begin = Stopwatch.GetTimestamp();
        host.Kill();
        int survivors = AwaitEnd(seen);
        long took = Stopwatch.GetTimestamp() - begin;

        // Processes may have started between the look and the kill.
        while (survivors == 0 && Find(mark) is { Count: > 0 } late)
        {
            count += late.Count;
            survivors += AwaitEnd(late);
            took = Stopwatch.GetTimestamp() - begin;
        }
        return (count, survivors, took);
    }

    /// <summary>Measures the time that the system and the observer take alone.</summary>
    private static long MeasureFloor()
    {
        Process[] plain = [.. Enumerable.Range(0, DoomedHost.Workers).Select(static _ => Process.Start("sleep", "600"))];
        List<Descriptor> held = [.. plain.Select(static process => new Descriptor(Libc.PidfdOpen(process.Id)))];
        long begin = Stopwatch.GetTimestamp();
        held.ForEach(static process => _ = Libc.PidfdSendSignal(process.Number, Libc.SigKill));
        _ = AwaitEnd(held);
        long took = Stopwatch.GetTimestamp() - begin;
        Array.ForEach(plain, static process => process.Dispose());
        return took;
    }

    private static async Task<Dictionary<string, double>> SweepAsync(string python, int trials)
    {
        DirectoryInfo session = Directory.CreateTempSubdirectory("snakepit-bench-");
        try
        {
            using DoomedHost sibling = await DoomedHost.StartAsync(python, DoomedHost.Sibling, session.FullName);
            List<Descriptor> live = Find(Encoding.ASCII.GetBytes(sibling.Mark + "\0"));
            string folder = Path.Combine(session.FullName, "snakepit");
            var took = new long[trials];
            int missed = 0;
            int killed = 0;
            for (int trial = 0; trial < trials; trial++)
            {
                using Process left = LeaveOne(folder);
                long begin = Stopwatch.GetTimestamp();
                using var host = new HostRun();
                host.Register(folder);
                int swept = HostRun.Sweep(folder, CancellationToken.None);
                took[trial] = Stopwatch.GetTimestamp() - begin;
                missed += left.WaitForExit(PatienceMs) ? 0 : 1;
                killed += Math.Max(0, swept - 1);
            }
            killed = Math.Max(killed, live.Count(static process => RunSweep.WaitForEnd(process, 0)));
            live.ForEach(static process => process.Dispose());
            return new Dictionary<string, double>
            {
                ["sweep_trials"] = trials,
                ["sweep_killed_live"] = killed,
                ["sweep_missed"] = missed,
                ["sweep_ms_p50"] = Clock.Milliseconds(Samples.Percentile(took, 0.50)),
            };
        }
        finally
        {
            session.Delete(recursive: true);
        }
    }

    /// <summary>Leaves a process of a host that has ended.</summary>
    private static Process LeaveOne(string folder)
    {
        string run = RunMark.NewRun();
        RunEntry.Create(folder, run, $"{HostRun.Place()}\n").Dispose();
        var start = new ProcessStartInfo("sleep", "600");
        start.Environment[RunMark.Variable] = new RunMark(run, 1).ToString();
        return Process.Start(start)!;
    }

    private static List<Descriptor> Find(byte[] mark) =>
        [.. Directory.EnumerateDirectories("/proc").Select(static path => int.TryParse(Path.GetFileName(path), out int pid) ? pid : 0)
            .Where(static pid => pid > 0 && pid != Environment.ProcessId).Select(pid => RunSweep.TryHold(pid, mark)).OfType<Descriptor>()];

    private static int AwaitEnd(List<Descriptor> processes)
    {
        int survivors = 0;
        foreach (Descriptor process in processes)
        {
            survivors += RunSweep.WaitForEnd(process, PatienceMs) ? 0 : 1;
            process.Dispose();
        }
        return survivors;
    }
}
