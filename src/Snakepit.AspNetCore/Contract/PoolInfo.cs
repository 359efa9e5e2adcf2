namespace Snakepit.AspNetCore.Contract;

/// <summary>A pool at one moment. Its workers are left out in lists; deaths and options are told of one pool only.</summary>
internal sealed record PoolInfo
{
    public required string Name { get; init; }

    /// <summary>starting, ready, degraded, failing, stopping or stopped.</summary>
    public required string State { get; init; }

    public required int Size { get; init; }

    public required int Ready { get; init; }

    public required int MinReady { get; init; }

    public required int Spares { get; init; }

    public required int Resting { get; init; }

    /// <summary>Slots that get no calls for a time.</summary>
    public required int Drained { get; init; }

    public required int Running { get; init; }

    public required int QueueLength { get; init; }

    public required int QueueLimit { get; init; }

    public required int WaitingForRoom { get; init; }

    public int? MaxConcurrent { get; init; }

    public required int Sessions { get; init; }

    public required int Streams { get; init; }

    public required long Accepted { get; init; }

    public required long Rejected { get; init; }

    public required long Requests { get; init; }

    public required long Recycled { get; init; }

    /// <summary>The number of replaced workers by reason, such as ttl_expired.</summary>
    public required IReadOnlyDictionary<string, long> RecyclesByReason { get; init; }

    public required int NearTtl { get; init; }

    public required int NearMaxRequests { get; init; }

    public required int Overdue { get; init; }

    public required long Overshoot { get; init; }

    /// <summary>Half of the calls of the last ten to twenty seconds took no longer.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>99 of 100 calls of the last ten to twenty seconds took no longer.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>closed, halfOpen or open; null without a circuit breaker.</summary>
    public string? Breaker { get; init; }

    public string? Python { get; init; }

    public string? LastStartFailure { get; init; }

    /// <summary>The number of deaths that the pool remembers.</summary>
    public required int DeathCount { get; init; }

    public required IReadOnlyList<RestartInfo> Restarts { get; init; }

    public required IReadOnlyList<QuarantineInfo> Quarantine { get; init; }

    public IReadOnlyList<WorkerInfo>? Workers { get; init; }

    /// <summary>The tools with their counts, without their descriptions.</summary>
    public IReadOnlyList<ToolInfo>? Tools { get; init; }

    public IReadOnlyList<DeathInfo>? Deaths { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>A cause for which starts or replacements fail.</summary>
internal sealed record RestartInfo
{
    public required string Cause { get; init; }

    public required int Failures { get; init; }

    public required double ElapsedSeconds { get; init; }

    public required double NextInSeconds { get; init; }
}

/// <summary>An input that is rejected because it has killed workers.</summary>
internal sealed record QuarantineInfo
{
    public required string Tool { get; init; }

    public required string Hash { get; init; }

    public required int Deaths { get; init; }

    public required DateTimeOffset Until { get; init; }
}

/// <summary>All pools.</summary>
internal sealed record PoolList
{
    public required IReadOnlyList<PoolInfo> Pools { get; init; }
}
