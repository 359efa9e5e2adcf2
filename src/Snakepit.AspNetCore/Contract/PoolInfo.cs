namespace Snakepit.AspNetCore.Contract;

/// <summary>A pool at one moment. Its workers are left out in lists; deaths and options are told of one pool only.</summary>
internal sealed record PoolInfo
{
    public required string Name { get; init; }

    /// <summary>starting, ready, degraded, failing, stopping or stopped.</summary>
    public required string State { get; init; }

    /// <summary>The number of workers that the pool is to have.</summary>
    public required int Size { get; init; }

    /// <summary>The workers that take calls.</summary>
    public required int Ready { get; init; }

    /// <summary>How many must be ready for the pool to be.</summary>
    public required int MinReady { get; init; }

    /// <summary>The workers that wait to replace others.</summary>
    public required int Spares { get; init; }

    /// <summary>The slots without a worker, because the pool scales down.</summary>
    public required int Resting { get; init; }

    /// <summary>Slots that get no calls for a time.</summary>
    public required int Drained { get; init; }

    /// <summary>The calls that run.</summary>
    public required int Running { get; init; }

    /// <summary>The calls that wait.</summary>
    public required int QueueLength { get; init; }

    /// <summary>How many may wait.</summary>
    public required int QueueLimit { get; init; }

    /// <summary>The callers that wait for room in the queue.</summary>
    public required int WaitingForRoom { get; init; }

    /// <summary>How many calls may run at once; null for as many as the workers have places.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>The open sessions.</summary>
    public required int Sessions { get; init; }

    /// <summary>The streams that are read.</summary>
    public required int Streams { get; init; }

    /// <summary>The calls that were accepted.</summary>
    public required long Accepted { get; init; }

    /// <summary>The calls that were rejected.</summary>
    public required long Rejected { get; init; }

    /// <summary>The calls that workers have finished.</summary>
    public required long Requests { get; init; }

    /// <summary>The workers that were replaced.</summary>
    public required long Recycled { get; init; }

    /// <summary>The number of replaced workers by reason, such as ttl_expired.</summary>
    public required IReadOnlyDictionary<string, long> RecyclesByReason { get; init; }

    /// <summary>The workers whose age is close to Recycle.Ttl.</summary>
    public required int NearTtl { get; init; }

    /// <summary>The workers whose calls are close to Recycle.MaxRequests.</summary>
    public required int NearMaxRequests { get; init; }

    /// <summary>The workers that are due, but have no replacement.</summary>
    public required int Overdue { get; init; }

    /// <summary>The calls that workers served beyond Recycle.MaxRequests.</summary>
    public required long Overshoot { get; init; }

    /// <summary>Half of the calls of the last ten to twenty seconds took no longer.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>99 of 100 calls of the last ten to twenty seconds took no longer.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>closed, halfOpen or open; null without a circuit breaker.</summary>
    public string? Breaker { get; init; }

    /// <summary>The interpreter.</summary>
    public string? Python { get; init; }

    /// <summary>Why the last start failed; null after one that succeeded.</summary>
    public string? LastStartFailure { get; init; }

    /// <summary>The number of deaths that the pool remembers.</summary>
    public required int DeathCount { get; init; }

    /// <summary>What keeps failing, and when it is tried next.</summary>
    public required IReadOnlyList<RestartInfo> Restarts { get; init; }

    /// <summary>The inputs that are rejected.</summary>
    public required IReadOnlyList<QuarantineInfo> Quarantine { get; init; }

    public IReadOnlyList<WorkerInfo>? Workers { get; init; }

    /// <summary>The tools with their counts, without their descriptions.</summary>
    public IReadOnlyList<ToolInfo>? Tools { get; init; }

    /// <summary>The last deaths.</summary>
    public IReadOnlyList<DeathInfo>? Deaths { get; init; }

    /// <summary>The settings by name, as configuration spells them.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

/// <summary>A cause for which starts or replacements fail.</summary>
internal sealed record RestartInfo
{
    /// <summary>What fails.</summary>
    public required string Cause { get; init; }

    public required int Failures { get; init; }

    /// <summary>The time since the first failure.</summary>
    public required double ElapsedSeconds { get; init; }

    /// <summary>The time until the next attempt.</summary>
    public required double NextInSeconds { get; init; }
}

/// <summary>An input that is rejected because it has killed workers.</summary>
internal sealed record QuarantineInfo
{
    public required string Tool { get; init; }

    /// <summary>The hash of the input.</summary>
    public required string Hash { get; init; }

    /// <summary>The workers that it has killed.</summary>
    public required int Deaths { get; init; }

    public required DateTimeOffset Until { get; init; }
}

/// <summary>All pools.</summary>
internal sealed record PoolList
{
    public required IReadOnlyList<PoolInfo> Pools { get; init; }
}
