using Snakepit.Bench.Measuring;
using Snakepit.Bench.Reporting;
using Snakepit.Python;

namespace Snakepit.Bench;

/// <summary>What a scenario is run with.</summary>
internal sealed record BenchRun(PythonInterpreter Python, int Seconds, Progress Progress)
{
    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    /// <summary>How many inputs, schedules or rounds, where they are counted; null: as many as the scenario likes.</summary>
    public int? Count { get; init; }

    /// <summary>What the scenario shows beside its metrics; null: nothing.</summary>
    public Chart? Chart { get; set; }
}
