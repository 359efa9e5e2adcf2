namespace Snakepit.Processes;

/// <summary>A program to run to its end.</summary>
/// <param name="Executable">The program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Timeout">The time after which it is killed.</param>
internal sealed record CommandRequest(string Executable, IReadOnlyList<string> Arguments, TimeSpan Timeout)
{
    /// <summary>Its environment variables; null for those of this process.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>The folder in which it runs; null for that of this process.</summary>
    public string? Folder { get; init; }

    /// <summary>Gets each line of its standard output as it arrives.</summary>
    public Action<string>? OnOutput { get; init; }

    /// <summary>Gets each line of its standard error stream as it arrives.</summary>
    public Action<string>? OnErrors { get; init; }

    /// <summary>
    /// Whether the program ends, with all that it has started, when its standard input does. That also happens when this process is killed.
    /// </summary>
    public bool EndsWithInput { get; init; }
}
