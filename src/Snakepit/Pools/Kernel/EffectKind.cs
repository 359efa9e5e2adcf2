namespace Snakepit.Pools.Kernel;

/// <summary>The kinds of effects. Commands come first, then actions, then facts.</summary>
internal enum EffectKind : byte
{
    // Commands: appended to the worker's outbox under the lock, in order.
    Send,
    Cancel,

    /// <summary>Recall every call that the worker has not begun.</summary>
    Recall,
    Ping,

    /// <summary>Tell the worker that it serves a session no more.</summary>
    EndSession,

    /// <summary>Ask the worker to end, because it has no more work.</summary>
    Stop,

    // Actions: performed after the lock, harmless in any order.
    Complete,
    Launch,

    /// <summary>Send SIGTERM: the worker must end now, whatever it runs.</summary>
    Terminate,

    /// <summary>Send SIGKILL to the worker's process and its children.</summary>
    Kill,

    /// <summary>Check the health of the worker, which is idle.</summary>
    CheckHealth,

    /// <summary>
    /// Read the worker's memory again, because the call during which it was too much has ended. The answer is LimitReached or LimitCleared.
    /// </summary>
    LookAtMemory,

    /// <summary>
    /// Move a session with its state from one idle worker to another: have it exported, then imported. SubmitMove is the step for each.
    /// </summary>
    MoveSession,

    // Facts report what has happened. The shell does the wording and the telemetry.
    WorkerDraining,
    WorkerRecycled,

    /// <summary>A slot whose worker was stopped first has a worker again, or is to have none.</summary>
    SlotRefilled,

    /// <summary>The replacement of a worker that was stopped first could not start.</summary>
    SlotNotRefilled,

    /// <summary>A worker that was to be replaced on request stays.</summary>
    WorkerKept,

    /// <summary>A worker that was to be replaced on request had been replaced before.</summary>
    AlreadyReplaced,
    WorkerExited,
    StartFailed,

    /// <summary>A worker is due for a reason that stands, and continues to serve because no replacement can start.</summary>
    ReplacementOverdue,
    WorkerReady,
    QueueSaturated,
    StateChanged,

    /// <summary>Not even SIGKILL has ended the worker.</summary>
    WorkerUnkillable,
    WorkerUnresponsive,

    /// <summary>The changed code cannot start; the workers with the old code stay.</summary>
    CodeRejected,

    /// <summary>A worker is ready that was launched by a changed blueprint: the others follow.</summary>
    BlueprintProven,

    /// <summary>No worker starts by the changed blueprint: new ones are launched by the one before.</summary>
    BlueprintRejected,

    /// <summary>Workers are replaced for that reason again and again without success, so replacements are slowed down.</summary>
    ReplacementsBraked,

    /// <summary>The call's input has crashed one worker too many.</summary>
    InputQuarantined,

    /// <summary>The slot's worker gets no calls for a time.</summary>
    SlotTainted,

    /// <summary>A session has lost its worker: the next call is told.</summary>
    SessionLost,

    /// <summary>Another worker has a session, with its state, and serves it from now on.</summary>
    SessionMoved,

    /// <summary>Sums up what was lost with one worker.</summary>
    SessionsLost,

    /// <summary>The number of workers that the pool is to have has changed with its load.</summary>
    PoolScaled,

    /// <summary>A session is forgotten. Its number is not used again.</summary>
    SessionOver,
    PoolStopped,
}
