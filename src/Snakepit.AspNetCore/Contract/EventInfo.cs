namespace Snakepit.AspNetCore.Contract;

/// <summary>Something that has happened to a worker or a pool. Which members it has depends on its type.</summary>
internal sealed record EventInfo
{
    /// <summary>The name of the event in Snakepit without its last word, such as workerRecycled.</summary>
    public required string Type { get; init; }

    public required string Pool { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>info, warning or error.</summary>
    public required string Level { get; init; }

    /// <summary>The event in a sentence.</summary>
    public required string Text { get; init; }

    /// <summary>The worker, of an event about one.</summary>
    public string? Worker { get; init; }

    public int? Slot { get; init; }

    public int? Generation { get; init; }

    public int? Pid { get; init; }

    /// <summary>Why, such as ttl_expired.</summary>
    public string? Reason { get; init; }

    /// <summary>More about it, in words.</summary>
    public string? Detail { get; init; }

    /// <summary>The worker that serves instead.</summary>
    public string? Replacement { get; init; }

    /// <summary>The duration that the event is about: the start, the age, the time until a retry.</summary>
    public double? Seconds { get; init; }

    /// <summary>The calls that the worker has served.</summary>
    public long? Requests { get; init; }

    /// <summary>The former state or size.</summary>
    public string? From { get; init; }

    /// <summary>The new state or size.</summary>
    public string? To { get; init; }

    /// <summary>How the worker died.</summary>
    public DeathInfo? Death { get; init; }
}

/// <summary>Why a stream of events has ended before its time.</summary>
internal sealed record DroppedInfo
{
    /// <summary>How many events the reader has lost.</summary>
    public required long Lost { get; init; }

    public required string Detail { get; init; }
}

/// <summary>All pools with their workers, and what they share.</summary>
internal sealed record StateInfo
{
    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<PoolInfo> Pools { get; init; }

    public BudgetInfo? Budget { get; init; }
}
