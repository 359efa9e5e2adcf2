using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>How a worker ended, or why it could not start.</summary>
internal sealed class EndRecord
{
    private const int TeardownFailed = 1; // as of any program that ends with an exception

    /// <summary>The reason why it did not become ready.</summary>
    public WorkerFailure? Failure { get; set; }

    /// <summary>The reason why the pool killed it, for its death report.</summary>
    public string? KilledBecause { get; set; }

    public DeathReport? Death { get; set; }

    /// <summary>Whether the worker was ordered to end: what happens now, happens in its teardown.</summary>
    public bool IsOrdered { get; set; }

    /// <summary>The time at which the worker that took over from it was ready; 0 when none did.</summary>
    public long ReplacementReadyAt { get; set; }

    /// <summary>The time for which the worker and its replacement were both ready.</summary>
    public TimeSpan Overlap { get; set; }

    /// <summary>The problem at the end of a worker that was to be replaced; null when there was none.</summary>
    public string? Problem =>
        KilledBecause is { } why ? $"it was killed: {why}"
        : Death is null or { ExitCode: 0 } or { Cause: DeathCause.Unknown } ? null
        : !IsOrdered ? $"it ended before its last calls did: {Death.Description}"
        : Death.ExitCode == TeardownFailed ? "its teardown() raised (exit code 1); the log has the traceback"
        : $"it failed in or after teardown(): {Death.Description}";
}
