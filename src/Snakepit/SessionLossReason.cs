namespace Snakepit;

/// <summary>Specifies why a session was lost.</summary>
public enum SessionLossReason
{
    /// <summary>The session's worker died or had to be killed.</summary>
    WorkerDied,

    /// <summary>The session's worker was replaced, and may run no more calls: see <see cref="RecycleOptions.StrictMaxRequests"/>.</summary>
    WorkerRecycled,

    /// <summary>The session's worker was being replaced, and the session did not end within
    /// <see cref="RecycleOptions.DrainTimeout"/>.</summary>
    DrainTimeout,

    /// <summary>The session was ended, by <see cref="IWorkerSession.EndAsync"/> or after <see cref="WorkerSessionOptions.Ttl"/>,
    /// while the call was on its way.</summary>
    Ended,

    /// <summary>A defect of Snakepit ended the pool's workers.</summary>
    PoolDefect,
}
