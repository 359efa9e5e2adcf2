namespace Snakepit.AspNetCore.Contract;

/// <summary>How a worker ended.</summary>
internal sealed record DeathInfo
{
    public required string Worker { get; init; }

    public required int Slot { get; init; }

    public required int Pid { get; init; }

    /// <summary>Such as crash, out_of_memory or killed_by_pool.</summary>
    public required string Cause { get; init; }

    /// <summary>How the process ended, in words.</summary>
    public required string Description { get; init; }

    /// <summary>Why the pool killed it; null when it did not.</summary>
    public string? KilledBecause { get; init; }

    public int? ExitCode { get; init; }

    public int? Signal { get; init; }

    public required double UptimeSeconds { get; init; }

    public required long Requests { get; init; }

    /// <summary>The calls that it ran.</summary>
    public required IReadOnlyList<CallInfo> Calls { get; init; }

    public long? MemoryBytes { get; init; }

    public long? PeakMemoryBytes { get; init; }

    public double? CpuSeconds { get; init; }

    /// <summary>Where its threads were, if the worker could still tell.</summary>
    public string? Stacks { get; init; }

    /// <summary>What it wrote last to the error output.</summary>
    public required IReadOnlyList<string> LastOutput { get; init; }
}
