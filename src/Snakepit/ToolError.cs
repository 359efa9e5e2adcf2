namespace Snakepit;

/// <summary>Describes a Python exception.</summary>
public sealed record ToolError
{
    private const int ShownNotes = 3;

    /// <summary>Gets the name of the exception's class, such as <c>ValueError</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Gets the module that defines the class, such as <c>builtins</c>.</summary>
    public string Module { get; init; } = "builtins";

    /// <summary>Gets the names of the base classes, nearest first, without <c>object</c>.</summary>
    public IReadOnlyList<string> Bases { get; init; } = [];

    /// <summary>Gets the message, as Python's <c>str(exception)</c> returns it.</summary>
    public string Message { get; init; } = "";

    /// <summary>Gets the <c>repr</c> of each of the exception's arguments, cut to 500 characters.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Gets the notes added with <c>add_note</c>. If the arguments of a call do not fit the tool, Snakepit adds a note that names
    /// the tool's signature, and parameters with a similar name. <see cref="ToolException"/> shows the notes in its message.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Gets the stack from the tool to the <c>raise</c>, without Snakepit's own frames.</summary>
    public IReadOnlyList<ToolStackFrame> Frames { get; init; } = [];

    /// <summary>Gets the traceback as Python formats it, causes included.</summary>
    public string Traceback { get; init; } = "";

    /// <summary>Gets the exception named by <c>raise … from</c>, or the one that was being handled; null without either.</summary>
    public ToolError? Cause { get; init; }

    /// <summary>Returns whether the exception is of the class <paramref name="type"/> or derives from it: <c>Is("LookupError")</c> is true
    /// of a <c>KeyError</c>. Takes a name without its module, or the <c>module.Name</c> of the exception's own class.</summary>
    public bool Is(string type)
    {
        ArgumentException.ThrowIfNullOrEmpty(type);
        return Type == type || Bases.Contains(type) || $"{Module}.{Type}" == type;
    }

    /// <summary>Returns the traceback, or the type and message when there is none.</summary>
    public override string ToString() => Traceback.Length > 0 ? Traceback.TrimEnd() : Headline;

    /// <summary>The last line of the traceback, as Python writes it: without a colon when there is no message.</summary>
    internal string Headline => Message.Length == 0 ? Type : $"{Type}: {Message}";

    /// <summary>Headline and notes, bounded: what is told of the exception in one message.</summary>
    internal string Summary => string.Join(
        '\n',
        Notes.Take(ShownNotes)
            .Select(static note => Shown.Text(note, Shown.LongestReason / 2))
            .Prepend(Shown.Text(Headline, 2 * Shown.LongestReason)));
}
