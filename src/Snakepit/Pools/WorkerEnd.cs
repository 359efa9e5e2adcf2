using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>What is known of how a worker ended, or why it could not start.</summary>
internal sealed class WorkerEnd
{
    private const int TeardownFailed = 1; // as of any program that an exception has ended

    /// <summary>Why it did not become ready.</summary>
    public WorkerFailure? Failure { get; set; }

    /// <summary>Why the pool killed it, for its death report.</summary>
    public string? KilledBecause { get; set; }

    public DeathReport? Death { get; set; }

    /// <summary>The worker was told to end: what happens now happens in its teardown.</summary>
    public bool IsOrdered { get; set; }

    /// <summary>How long the worker and its replacement were both ready.</summary>
    public TimeSpan Overlap { get; set; }

    /// <summary>What went wrong at the end of a worker that was to be replaced; null: nothing.</summary>
    public string? Problem =>
        KilledBecause is { } why ? $"it was killed: {why}"
        : Death is null or { ExitCode: 0 } or { Cause: DeathCause.Unknown } ? null
        : !IsOrdered ? $"it ended before its last calls did: {Death.Description}"
        : Death.ExitCode == TeardownFailed ? "its teardown() raised (exit code 1); the log has the traceback"
        : $"it failed in or after teardown(): {Death.Description}";
}
