using Snakepit.Bench.Measuring;

namespace Snakepit.Bench;

/// <summary>One thing that is measured.</summary>
internal interface IScenario
{
    string Name { get; }

    string Description { get; }

    /// <summary>How long it measures unless told.</summary>
    int DefaultSeconds { get; }

    /// <summary>How often it is measured unless told.</summary>
    int DefaultRepeat => 1;

    /// <summary>What it measures, in the order it is shown.</summary>
    IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Measures once: a value for every metric.</summary>
    /// <exception cref="InvalidRunException">What was measured means nothing.</exception>
    Task<IReadOnlyDictionary<string, double>> MeasureAsync(BenchRun run, CancellationToken cancellation);
}
