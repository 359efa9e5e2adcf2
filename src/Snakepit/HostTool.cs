namespace Snakepit;

/// <summary>A function of the host that Python may call.</summary>
public sealed class HostTool
{
    internal HostTool(string name, string description, Func<HostToolCall, CancellationToken, ValueTask<object?>> run)
    {
        Name = name;
        Description = description;
        Run = run;
    }

    /// <summary>Gets the name by which Python calls the tool.</summary>
    public string Name { get; }

    /// <summary>Gets what the tool does.</summary>
    public string Description { get; }

    internal Func<HostToolCall, CancellationToken, ValueTask<object?>> Run { get; }
}
