using System.Security.Cryptography;
using Snakepit.Bench.Measuring;
using Snakepit.Simulation.Fuzz;

namespace Snakepit.Bench.Scenarios;

/// <summary>Sends almost valid bytes to every reader on both sides of a channel.</summary>
internal sealed class FuzzScenario : IScenario
{
    private const long DefaultInputs = 1_000_000;

    public string Name => "fuzz";

    public string Description => "Mutated frames, messages and values for the host's readers, and as many for the worker's: --inputs each.";

    public int DefaultSeconds => 1; // the scenario counts inputs instead

    public int QuickSeconds => 1;

    public int? QuickCount => 100_000;

    public IReadOnlyList<Metric> Metrics { get; } =
    [
        new("inputs", "inputs given to the host's readers", Bar.AtLeast(DefaultInputs).InFullRuns()),
        new("python_inputs", "to the worker's", Bar.AtLeast(DefaultInputs).InFullRuns()),
        new("unexpected", "not taken or refused as declared", Bar.AtMost(0)) { Combine = static values => values.Max() },
        new("slowest_ms", "the slowest input of the host's, ms") { Combine = static values => values.Max() },
        new("python_slowest_ms", "of the worker's, ms") { Combine = static values => values.Max() },
        new("largest_allocation", "the most that one input had the host allocate, bytes") { Combine = static values => values.Max() },
    ];

    public async Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        long inputs = run.Count ?? DefaultInputs;
        ulong seed = (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        run.Progress.Say($"fuzz: seed {seed}");
        Task<PythonFuzz> python = PythonFuzz.RunAsync(run.Python.Executable, inputs, seed, run.Progress, cancellation);
        FuzzReport[] host = await Task.Run(() => FuzzHost(run, inputs, seed, cancellation), cancellation);
        PythonFuzz worker = await python;
        foreach (object finding in (IEnumerable<object>)[.. host.SelectMany(static report => report.Findings), .. worker.Findings])
        {
            run.Progress.Say($"unexpected: {finding}");
        }
        return new Dictionary<string, double>
        {
            ["inputs"] = host.Sum(static report => report.Inputs),
            ["python_inputs"] = worker.Inputs,
            ["unexpected"] = host.Sum(static report => report.Findings.Count) + worker.Findings.Count,
            ["slowest_ms"] = host.Max(static report => report.Slowest.TotalMilliseconds),
            ["python_slowest_ms"] = worker.SlowestMs,
            ["largest_allocation"] = host.Max(static report => report.LargestAllocation),
        };
    }

    private static FuzzReport[] FuzzHost(BenchRun run, long inputs, ulong seed, CancellationToken cancellation)
    {
        int count = FuzzTargets.Names.Count;
        long share = (inputs + count - 1) / count;
        return [.. FuzzTargets.Names.Select(name =>
        {
            using FuzzTarget target = FuzzTargets.Create(name);
            FuzzReport report = FuzzRun.Execute(target, seed, share, cancellation: cancellation);
            run.Progress.Say($"host {name}: {report.Inputs} inputs, {report.Findings.Count} unexpected");
            return report;
        })];
    }
}
