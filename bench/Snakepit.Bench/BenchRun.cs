using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;
using Snakepit.Python;

namespace Snakepit.Bench;

/// <summary>What a scenario is run with.</summary>
internal sealed record BenchRun(PythonInterpreter Python, int Seconds, Progress Progress)
{
    private readonly List<string> _evidence = [];

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    /// <summary>How many inputs, schedules or rounds, where they are counted; null: as many as the scenario likes.</summary>
    public int? Count { get; init; }

    /// <summary>Short, to find out whether something has become worse; it is held to fewer bars.</summary>
    public bool IsQuick { get; init; }

    /// <summary>The references before it; 0 before they are measured.</summary>
    public ReferenceReading Reference { get; set; } = new(0, 0, 0, 0, 0);

    /// <summary>What chance begins with, where a scenario is to be another one each time.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What the scenario tells about what it measured, for whoever is to explain it.</summary>
    public IReadOnlyList<string> Evidence => _evidence;

    /// <summary>What the scenario shows beside its metrics; null: nothing.</summary>
    public Chart? Chart { get; set; }

    /// <summary>Keeps a line in the result, and says it at once.</summary>
    public void AddEvidence(string line)
    {
        _evidence.Add(line);
        Progress.Say(line);
    }
}
