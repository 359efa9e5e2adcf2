namespace Snakepit.Cli.Advice;

/// <summary>How much of a pool's capacity is used, and how much is left.</summary>
internal sealed record CapacityInfo
{
    public required string Pool { get; init; }

    public required int Size { get; init; }

    /// <summary>The calls that the workers can run at once.</summary>
    public required int Capacity { get; init; }

    public required double WatchedSeconds { get; init; }

    /// <summary>How often the pool was looked at.</summary>
    public required int Samples { get; init; }

    /// <summary>The mean share of the places that ran a call, from 0 to 1.</summary>
    public required double MeanUtilization { get; init; }

    /// <summary>The largest share of its places in use, from 0 to 1.</summary>
    public required double PeakUtilization { get; init; }

    /// <summary>The calls that waited on average.</summary>
    public required double MeanQueue { get; init; }

    /// <summary>The most calls that waited.</summary>
    public required int PeakQueue { get; init; }

    /// <summary>The calls that were rejected meanwhile.</summary>
    public required long Rejected { get; init; }

    public required double CallsPerSecond { get; init; }

    /// <summary>How many more such calls a second the pool could run; null when it ran none, or is full.</summary>
    public double? MoreCallsPerSecond { get; init; }

    /// <summary>When all places will be in use if the load goes on rising as it does; 0 when they are, null when it does not
    /// rise.</summary>
    public double? SaturatedInSeconds { get; init; }

    /// <summary>The least number of workers with which this load uses at most 70 % of the places.</summary>
    public required int FittingSize { get; init; }

    /// <summary>The share of the places that it would use with those workers, from 0 to 1.</summary>
    public required double FittingUtilization { get; init; }

    /// <summary>saturated, busy, fits or idle.</summary>
    public required string Verdict { get; init; }
}

/// <summary>The capacity of all pools.</summary>
internal sealed record CapacityDocument
{
    public required IReadOnlyList<CapacityInfo> Pools { get; init; }
}
