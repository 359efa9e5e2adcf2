namespace Snakepit;

/// <summary>Describes one line of a Python stack.</summary>
public sealed record ToolStackFrame
{
    /// <summary>Gets the source file.</summary>
    public required string File { get; init; }

    /// <summary>Gets the number of the line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Gets the name of the function.</summary>
    public required string Function { get; init; }

    /// <summary>Gets the text of the line; null when the source was not readable.</summary>
    public string? Code { get; init; }

    /// <summary>Returns the line as Python's traceback writes it.</summary>
    public override string ToString() => $"File \"{File}\", line {Line}, in {Function}";
}
