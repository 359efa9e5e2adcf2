using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>A scenario that is measured.</summary>
internal interface IScenario
{
    string Name { get; }

    string Description { get; }

    /// <summary>The default duration of a measurement.</summary>
    int DefaultSeconds { get; }

    /// <summary>The duration of a quick run, the shortest one with a meaning.</summary>
    int QuickSeconds => Math.Min(DefaultSeconds, 10);

    /// <summary>The number of inputs, schedules or rounds in a quick run, where they are counted; null for the scenario's own.</summary>
    int? QuickCount => null;

    /// <summary>Their number in a saved result; null for the scenario's default.</summary>
    int? RecordCount => null;

    /// <summary>The default number of measurements.</summary>
    int DefaultRepeat => 1;

    /// <summary>The metrics in display order.</summary>
    IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Measures once. Returns a value for every metric, except for those that may be missing.</summary>
    /// <exception cref="InvalidRunException">The measurement is invalid.</exception>
    /// <exception cref="UnavailableException">This machine lacks something that the scenario needs.</exception>
    Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation);
}
