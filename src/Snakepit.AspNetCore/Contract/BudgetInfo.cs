namespace Snakepit.AspNetCore.Contract;

/// <summary>What the pools share.</summary>
internal sealed record BudgetInfo
{
    /// <summary>MemoryBudget; null for none.</summary>
    public long? MemoryBudgetBytes { get; init; }

    /// <summary>MaxConcurrentRecycles, for all pools together; null for no limit.</summary>
    public int? MaxConcurrentRecycles { get; init; }

    /// <summary>The memory that workers have or are expected to need, and that of zygotes.</summary>
    public required long ReservedBytes { get; init; }

    /// <summary>The memory that workers and zygotes have now.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>The workers that are being replaced.</summary>
    public required int Replacing { get; init; }

    public required IReadOnlyList<PoolBudgetInfo> Pools { get; init; }
}

/// <summary>A pool's part of what all pools share.</summary>
internal sealed record PoolBudgetInfo
{
    public required string Pool { get; init; }

    /// <summary>What a worker of the pool is expected to need.</summary>
    public required long ExpectedFootprintBytes { get; init; }

    /// <summary>The memory that its workers have or are expected to need, and that of its zygotes.</summary>
    public required long ReservedBytes { get; init; }

    /// <summary>The memory that its workers and zygotes have now.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>The part of usedBytes that workers share with their zygote.</summary>
    public required long ZygotesBytes { get; init; }

    /// <summary>The workers that wait for memory.</summary>
    public required int WaitingForMemory { get; init; }

    /// <summary>Whether a worker stops before its replacement starts, because there is no memory for both.</summary>
    public required bool StopsFirst { get; init; }

    /// <summary>The workers that are being replaced.</summary>
    public required int Replacing { get; init; }

    /// <summary>The workers that wait for their turn to be replaced.</summary>
    public required int WaitingToReplace { get; init; }
}
