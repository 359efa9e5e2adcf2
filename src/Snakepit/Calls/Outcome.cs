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

    /// <summary>The worker of the call's session is held by a call that waits for this one.</summary>
    DeadlockedInSession,

    /// <summary>The session's worker is busy, and the call does not wait for it.</summary>
    WorkerBusy,

    /// <summary>The session has lost its worker, and with it its state.</summary>
    SessionLost,

    /// <summary>The session is being ended.</summary>
    SessionEnding,

    /// <summary>The call would begin one session more than there may be.</summary>
    TooManySessions,
}
