namespace Snakepit.Telemetry;

/// <summary>Why a call was rejected, for metrics.</summary>
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
    NestedDeadlock,
    WorkerBusy,
    SessionLost,
    SessionLimit,
}
