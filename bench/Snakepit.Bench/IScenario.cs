using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>One thing that is measured.</summary>
internal interface IScenario
{
    string Name { get; }

    string Description { get; }

    /// <summary>How long it measures unless told.</summary>
    int DefaultSeconds { get; }

    /// <summary>How long it measures in a quick run: as short as it still says something.</summary>
    int QuickSeconds => Math.Min(DefaultSeconds, 10);

    /// <summary>How many inputs, schedules or rounds in a quick run, where they are counted; null: as many as the scenario likes.</summary>
    int? QuickCount => null;

    /// <summary>How many of them in a kept result; null: as many as the scenario likes.</summary>
    int? RecordCount => null;

    /// <summary>How often it is measured unless told.</summary>
    int DefaultRepeat => 1;

    /// <summary>What it measures, in the order it is shown.</summary>
    IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Measures once: a value for every metric.</summary>
    /// <exception cref="InvalidRunException">What was measured means nothing.</exception>
    /// <exception cref="UnavailableException">This machine lacks what it needs.</exception>
    Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation);
}
