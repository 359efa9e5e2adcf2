namespace Snakepit;

/// <summary>How a worker's process ended.</summary>
public sealed record DeathReport
{
    /// <summary>The worker.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Its process id.</summary>
    public required int Pid { get; init; }

    /// <summary>In words, such as <c>killed by SIGSEGV</c> or <c>exit code 3</c>.</summary>
    public required string Cause { get; init; }

    /// <summary>The exit code, when it exited.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The signal, when it was killed by one.</summary>
    public int? Signal { get; init; }

    /// <summary>From launch to end.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Calls it had begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Calls it was running.</summary>
    public required int Running { get; init; }

    /// <summary>Its private memory, as last read; null when it was never read.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>The Python stacks of all its threads when it was killed; null when it ended by itself or could not tell.</summary>
    public string? Stacks { get; init; }

    /// <summary>The last lines it wrote to stdout and stderr.</summary>
    public required IReadOnlyList<string> LastOutput { get; init; }
}
