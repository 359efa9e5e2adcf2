namespace Snakepit.Telemetry;

/// <summary>A record that Python code has logged, or a warning that it has raised.</summary>
/// <param name="Level">The level: debug, info, warning, error or critical.</param>
/// <param name="Message">The message.</param>
internal sealed record PythonRecord(string Level, string Message)
{
    /// <summary>The id of the call; 0 between calls.</summary>
    public ulong Call { get; init; }

    /// <summary>The name of the logger; null for <c>ctx.log</c> and for warnings.</summary>
    public string? Logger { get; init; }

    /// <summary>The traceback of the exception that was logged with the message, and the stack.</summary>
    public string? Exception { get; init; }

    /// <summary>The tool that ran; null between calls.</summary>
    public string? Tool { get; init; }

    /// <summary>The session of the call.</summary>
    public string? Session { get; init; }

    /// <summary>The class of a warning.</summary>
    public string? Category { get; init; }

    /// <summary>The file that a warning is about.</summary>
    public string? File { get; init; }

    /// <summary>The line in that file.</summary>
    public int? Line { get; init; }

    /// <summary>The number of records that the worker has dropped since its last one, because the host did not take them.</summary>
    public long Dropped { get; init; }

    /// <summary>Whether the record only tells that others were dropped.</summary>
    public bool IsEmpty => Dropped > 0 && Message.Length == 0 && Exception is null;
}
