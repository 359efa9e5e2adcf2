namespace Snakepit.Telemetry;

/// <summary>Why a call was not run, as it is counted.</summary>
internal enum RejectionReason
{
    QueueFull,
    KeyQueueFull,
    TooLate,
    QueueTimeout,
    Deadline,
    Failing,
    Stopping,
    CircuitOpen,
    Quarantined,
}
