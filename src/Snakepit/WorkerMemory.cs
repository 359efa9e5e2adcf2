namespace Snakepit;

/// <summary>Describes the private memory of a worker: the memory that its end would give back. Pages that were swapped out and the private
/// memory of its child processes are included.</summary>
public sealed record WorkerMemory
{
    /// <summary>Gets the private memory as last read: at most <see cref="MemoryOptions.SampleInterval"/> ago, except for child processes of
    /// a worker without limits.</summary>
    public required MemorySize Current { get; init; }

    /// <summary>Gets the most private memory that was read.</summary>
    public required MemorySize Peak { get; init; }

    /// <summary>Gets the private memory that the worker had when it became ready, and what became its own when the zygote that it shared
    /// pages with ended.</summary>
    public required MemorySize Baseline { get; init; }

    /// <summary>Gets the size above which the worker is replaced: <see cref="MemoryOptions.SoftLimit"/> above <see cref="Baseline"/>; null
    /// without a limit.</summary>
    public MemorySize? SoftLimit { get; init; }

    /// <summary>Gets the size above which the worker is killed: <see cref="MemoryOptions.HardLimit"/>; null without a limit.</summary>
    public MemorySize? HardLimit { get; init; }
}
