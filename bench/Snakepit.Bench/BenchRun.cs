using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;
using Snakepit.Python;

namespace Snakepit.Bench;

/// <summary>The settings of a scenario's run.</summary>
internal sealed record BenchRun(PythonInterpreter Python, int Seconds, Progress Progress)
{
    private readonly List<string> _evidence = [];

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    /// <summary>The number of inputs, schedules or rounds, where they are counted; null for the scenario's default.</summary>
    public int? Count { get; init; }

    /// <summary>True for a short run, which only finds out whether something has become worse. Fewer bars apply to it.</summary>
    public bool IsQuick { get; init; }

    /// <summary>The references before the run; 0 before they are measured.</summary>
    public ReferenceReading Reference { get; set; } = new(0, 0, 0, 0, 0);

    /// <summary>The seed of random choices, for scenarios that differ from run to run.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Lines from the scenario that help to explain its result.</summary>
    public IReadOnlyList<string> Evidence => _evidence;

    /// <summary>The scenario's chart, or null.</summary>
    public Chart? Chart { get; set; }

    /// <summary>Adds a line to the result and prints it.</summary>
    public void AddEvidence(string line)
    {
        _evidence.Add(line);
        Progress.Say(line);
    }
}
