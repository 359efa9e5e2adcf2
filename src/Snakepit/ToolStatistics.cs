using System.Globalization;

namespace Snakepit;

/// <summary>Counts the calls of one tool in one pool since the pool started.</summary>
public sealed record ToolStatistics
{
    /// <summary>Gets the name of the tool, as its callers spell it.</summary>
    public required string Tool { get; init; }

    /// <summary>Gets the number of calls that have ended, with any outcome. Calls that were rejected at once are not counted.</summary>
    public required long Calls { get; init; }

    /// <summary>Gets the number of these calls that did not succeed.</summary>
    public required long Failed { get; init; }

    /// <summary>Gets the time from submission to end that half of the calls did not exceed; at most an eighth too high.</summary>
    public required TimeSpan MedianDuration { get; init; }

    /// <summary>Gets the time from submission to end that 99 of 100 calls did not exceed; at most an eighth too high.</summary>
    public required TimeSpan Percentile99Duration { get; init; }

    /// <summary>Gets the memory that a call leaves behind in its worker, as estimated from the memory of all workers and the calls between
    /// two readings. Zero when no growth is certain; null while there are too few readings, and for tools beyond the first 32. Tools that
    /// are always called in the same proportion share the growth.</summary>
    public MemorySize? MemoryPerCall { get; init; }

    /// <summary>Returns the tool and its numbers.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"'{Tool}': {Calls} calls, {Failed} failed, median {Shown.Duration(MedianDuration)}, p99 {Shown.Duration(Percentile99Duration)}"
        + $"{(MemoryPerCall is { Bytes: > 0 } growth ? $", keeps {growth} per call" : "")}");
}
