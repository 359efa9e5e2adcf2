namespace Snakepit;

/// <summary>The arguments of a call: named, positional or none. Immutable.</summary>
public readonly struct ToolArguments
{
    internal ToolArguments(object? source) => Source = source;

    /// <summary>null, (string, object?)[] (named) or object?[] (positional).</summary>
    internal object? Source { get; }

    /// <summary>Arguments by name: <c>ToolArguments.Named(("a", 40), ("b", 2))</c>.</summary>
    public static ToolArguments Named(params ReadOnlySpan<(string Name, object? Value)> arguments) => new(arguments.ToArray());

    /// <summary>Arguments by position: <c>ToolArguments.Positional(40, 2)</c>.</summary>
    public static ToolArguments Positional(params ReadOnlySpan<object?> values) => new(values.ToArray());
}
