namespace Snakepit;

/// <summary>Describes a tool that a worker is running.</summary>
public sealed record RunningTool
{
    /// <summary>Gets the name of the tool.</summary>
    public required string Name { get; init; }

    /// <summary>Gets how long the tool has been running.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Returns the name of the tool and how long it has been running.</summary>
    public override string ToString() => $"'{Name}' for {Shown.Duration(Elapsed)}";
}
