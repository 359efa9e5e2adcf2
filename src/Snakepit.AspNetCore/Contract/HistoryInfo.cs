namespace Snakepit.AspNetCore.Contract;

/// <summary>What the pools were like in the last half hour, the oldest moment first.</summary>
internal sealed record HistoryInfo
{
    /// <summary>A moment every ten seconds.</summary>
    public required IReadOnlyList<PastInfo> States { get; init; }
}

/// <summary>All pools at a past moment.</summary>
internal sealed record PastInfo
{
    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<PastPoolInfo> Pools { get; init; }
}

/// <summary>A pool at a past moment.</summary>
internal sealed record PastPoolInfo
{
    public required string Name { get; init; }

    /// <summary>The calls that ran.</summary>
    public required int Running { get; init; }

    /// <summary>The calls that waited, and the callers that waited for room in the queue.</summary>
    public required int Waiting { get; init; }

    /// <summary>Half of the calls of the ten to twenty seconds before took no longer.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>99 of 100 calls of the ten to twenty seconds before took no longer.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>The memory of each worker, by its name.</summary>
    public required IReadOnlyDictionary<string, long> MemoryBytes { get; init; }
}
