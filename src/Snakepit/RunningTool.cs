namespace Snakepit;

/// <summary>Describes a call that a worker is running.</summary>
public sealed record RunningTool
{
    /// <summary>Gets the name of the tool.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how long the tool has been running.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Gets the number of the call, for <see cref="IWorkerPool.CancelCall"/>; 0 in the report of a worker that has
    /// ended.</summary>
    public ulong Call { get; init; }

    /// <summary>Gets whether the caller reads the result as a stream of items. Always false once the caller has given up.</summary>
    public bool IsStream { get; init; }

    /// <summary>Gets the id of the call's session; null without one, and once the caller has given up.</summary>
    public string? Session { get; init; }

    /// <summary>Returns the name of the tool and how long it has been running.</summary>
    public override string ToString() => $"'{Name}' for {Shown.Duration(Elapsed)}";
}
