namespace Snakepit;

/// <summary>A Python exception as data.</summary>
public sealed record ToolError
{
    /// <summary>The exception's class name, such as <c>ValueError</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The module the class is defined in, such as <c>builtins</c>.</summary>
    public string Module { get; init; } = "builtins";

    /// <summary>The names of the base classes, nearest first, without <c>object</c>.</summary>
    public IReadOnlyList<string> Bases { get; init; } = [];

    /// <summary><c>str(exception)</c>.</summary>
    public string Message { get; init; } = "";

    /// <summary><c>repr</c> of each of the exception's arguments, cut to 500 characters.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Notes added with <c>add_note</c>.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The stack from the tool to the place of the raise, without Snakepit's own frames.</summary>
    public IReadOnlyList<ToolStackFrame> Frames { get; init; } = [];

    /// <summary>Python's own formatted traceback, causes included.</summary>
    public string Traceback { get; init; } = "";

    /// <summary>The exception named by <c>raise … from</c>, or the one being handled.</summary>
    public ToolError? Cause { get; init; }

    /// <summary>True when the exception is of the class <paramref name="type"/> or derives from it: <c>Is("LookupError")</c> is true of a KeyError.
    /// Takes a bare name or <c>module.Name</c> of the exception's own class.</summary>
    public bool Is(string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        return Type == type || Bases.Contains(type) || $"{Module}.{Type}" == type;
    }
}

/// <summary>One line of a Python stack.</summary>
/// <param name="File">The source file.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Function">The function's name.</param>
/// <param name="Code">The line's text, when its source was readable.</param>
public sealed record ToolStackFrame(string File, int Line, string Function, string? Code);
