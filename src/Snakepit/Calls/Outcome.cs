namespace Snakepit.Calls;

/// <summary>How a call ended for its caller.</summary>
internal enum Outcome : byte
{
    None,
    Replied,
    QueueFull,
    KeyQueueFull,

    /// <summary>It could not have been run in time, by what its tool and those before it usually take.</summary>
    TooLate,
    QueueTimeout,
    DeadlineInQueue,
    DeadlineRunning,
    Cancelled,
    WorkerLostNotStarted,
    WorkerLostMayHaveRun,
    PoolFailing,
    PoolStopping,

    /// <summary>Its input has killed too many workers.</summary>
    Quarantined,
}
