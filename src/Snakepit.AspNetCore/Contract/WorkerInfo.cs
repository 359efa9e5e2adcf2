namespace Snakepit.AspNetCore.Contract;

/// <summary>A worker at one moment.</summary>
internal sealed record WorkerInfo
{
    /// <summary>Pool, slot and generation, such as ml/3#17.</summary>
    public required string Id { get; init; }

    public required string Pool { get; init; }

    public required int Slot { get; init; }

    public required int Generation { get; init; }

    public required int Pid { get; init; }

    /// <summary>launching, booting, ready, serving, draining, stopping, exited or exhausted.</summary>
    public required string State { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required double AgeSeconds { get; init; }

    /// <summary>Its own time to live, up to a tenth below Recycle.Ttl, so that workers do not end together.</summary>
    public double? TtlSeconds { get; init; }

    /// <summary>The calls that it has finished.</summary>
    public required long Requests { get; init; }

    /// <summary>After so many calls it is replaced; null for no limit.</summary>
    public int? MaxRequests { get; init; }

    /// <summary>The calls beyond its limit.</summary>
    public required long Overshoot { get; init; }

    public required int Running { get; init; }

    /// <summary>The calls that were sent to it and have not begun.</summary>
    public required int Waiting { get; init; }

    /// <summary>How many calls it runs at once.</summary>
    public required int Capacity { get; init; }

    /// <summary>The sessions that it holds.</summary>
    public required int Sessions { get; init; }

    /// <summary>How many of its last calls in a row raised an exception.</summary>
    public required int ConsecutiveErrors { get; init; }

    /// <summary>Why the worker is being replaced; null when it is not.</summary>
    public string? RecycleReason { get; init; }

    /// <summary>Since when it should have been replaced.</summary>
    public double? OverdueSeconds { get; init; }

    /// <summary>How many replacements could not start.</summary>
    public required int FailedReplacements { get; init; }

    public MemoryInfo? Memory { get; init; }

    /// <summary>The processor time that it has used.</summary>
    public double? CpuSeconds { get; init; }

    public int? Threads { get; init; }

    /// <summary>The device of its slot, from Devices.</summary>
    public string? Device { get; init; }

    /// <summary>When the slot gets calls again; null when it may get calls now.</summary>
    public DateTimeOffset? DrainedUntil { get; init; }

    /// <summary>busy, starved, stuck or stopped; null when the worker gives signs of life.</summary>
    public string? Unresponsive { get; init; }

    public required IReadOnlyList<CallInfo> Calls { get; init; }
}

/// <summary>The private memory of a worker.</summary>
internal sealed record MemoryInfo
{
    /// <summary>What it has now.</summary>
    public required long CurrentBytes { get; init; }

    /// <summary>The most that it has had.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>What it had when it became ready.</summary>
    public required long BaselineBytes { get; init; }

    /// <summary>Beyond it the worker is replaced: Memory.SoftLimit above the baseline.</summary>
    public long? SoftLimitBytes { get; init; }

    /// <summary>Beyond it the worker is killed.</summary>
    public long? HardLimitBytes { get; init; }
}

/// <summary>A call that a worker runs.</summary>
internal sealed record CallInfo
{
    /// <summary>The number of the call, as text because it has 64 bits; null when the worker has ended.</summary>
    public string? Call { get; init; }

    public required string Tool { get; init; }

    public required double ElapsedSeconds { get; init; }

    public required bool IsStream { get; init; }

    public string? Session { get; init; }
}

/// <summary>Workers of one or all pools.</summary>
internal sealed record WorkerList
{
    public required IReadOnlyList<WorkerInfo> Workers { get; init; }
}

/// <summary>Where a living worker is.</summary>
internal sealed record StacksInfo
{
    public required string Worker { get; init; }

    public required int Pid { get; init; }

    /// <summary>The stacks of all threads, with the innermost function first.</summary>
    public required string Stacks { get; init; }
}
