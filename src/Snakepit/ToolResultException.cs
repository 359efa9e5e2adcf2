namespace Snakepit;

/// <summary>Thrown when a tool returned a result that the caller's type cannot hold without loss. The tool has run, and the worker keeps
/// serving. Change the type that the caller asks for, or the tool's result.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The failure of the reader.</param>
public sealed class ToolResultException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the name of the tool.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets the worker that ran the call.</summary>
    public WorkerId Worker { get; init; }

    /// <summary>Gets the type that the caller asked for.</summary>
    public Type ResultType { get; init; } = typeof(object);

    /// <summary>Gets a description of what Python sent, in Python's words, such as <c>an array of float64 with shape (2, 3)</c>. It names
    /// the type; for an array also the element type and the shape, for a dict also the first keys. Values are never in it.</summary>
    public string Received { get; init; } = "";

    /// <summary>Gets the path of the value that does not fit, such as <c>$.rows[3].age</c>; <c>$</c> for the result as a whole. Keys longer
    /// than 100 characters are cut, and paths longer than 1,000 characters lose their middle.</summary>
    public string Path { get; init; } = "$";
}
