namespace Snakepit.AspNetCore.Contract;

/// <summary>What the pools share.</summary>
internal sealed record BudgetInfo
{
    public long? MemoryBudgetBytes { get; init; }

    public int? MaxConcurrentRecycles { get; init; }

    public required long ReservedBytes { get; init; }

    public required long UsedBytes { get; init; }

    public required int Replacing { get; init; }

    public required IReadOnlyList<PoolBudgetInfo> Pools { get; init; }
}

/// <summary>A pool's part of what all pools share.</summary>
internal sealed record PoolBudgetInfo
{
    public required string Pool { get; init; }

    public required long ExpectedFootprintBytes { get; init; }

    public required long ReservedBytes { get; init; }

    public required long UsedBytes { get; init; }

    public required int WaitingForMemory { get; init; }

    public required bool StopsFirst { get; init; }

    public required int Replacing { get; init; }

    public required int WaitingToReplace { get; init; }
}
