namespace Snakepit.Calls;

/// <summary>The outcome of a call for its caller.</summary>
internal enum Outcome : byte
{
    None,
    Replied,
    QueueFull,
    KeyQueueFull,

    /// <summary>The call could not have run in time, by the usual run times of its tool and of the calls before it.</summary>
    TooLate,
    QueueTimeout,
    DeadlineInQueue,
    DeadlineRunning,
    Cancelled,
    WorkerLostNotStarted,
    WorkerLostMayHaveRun,
    PoolFailing,
    PoolStopping,

    /// <summary>The input of the call has crashed too many workers.</summary>
    Quarantined,

    /// <summary>All workers are held by calls that wait for this one, or for others like it.</summary>
    Deadlocked,
}
