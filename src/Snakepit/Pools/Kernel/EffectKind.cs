namespace Snakepit.Pools.Kernel;

/// <summary>The kinds of effects. Commands come first, then actions, then facts.</summary>
internal enum EffectKind : byte
{
    // Commands: appended to the worker's outbox under the lock, in order.
    Send,
    Cancel,

    /// <summary>Take back every call the worker has not begun.</summary>
    Recall,
    Ping,

    /// <summary>Ask the worker to end: it has nothing more to do.</summary>
    Stop,

    // Actions: performed after the lock, harmless in any order.
    Complete,
    Launch,

    /// <summary>Signal the worker to end now, whatever it runs: SIGTERM.</summary>
    Terminate,

    /// <summary>End the worker's process and its children at once: SIGKILL.</summary>
    Kill,

    /// <summary>Have the worker's health checked: it has nothing else to do.</summary>
    CheckHealth,

    /// <summary>Have the worker's memory looked at again: a call is over during which it was too much. The answer is LimitReached or
    /// LimitCleared.</summary>
    LookAtMemory,

    // Facts: what has happened. Wording and telemetry are the shell's.
    WorkerDraining,
    WorkerRecycled,

    /// <summary>A slot whose worker was stopped first has a worker again, or is to have none.</summary>
    SlotRefilled,

    /// <summary>The replacement of a worker that was stopped first could not start.</summary>
    SlotNotRefilled,

    /// <summary>The worker that was to be replaced on request stays.</summary>
    WorkerKept,

    /// <summary>The worker that was to be replaced on request was replaced before that.</summary>
    AlreadyReplaced,
    WorkerExited,
    StartFailed,

    /// <summary>The worker is to be replaced, for a reason that stands, and serves on because no replacement can start.</summary>
    ReplacementOverdue,
    WorkerReady,
    QueueSaturated,
    StateChanged,

    /// <summary>Not even SIGKILL has ended the worker.</summary>
    WorkerUnkillable,
    WorkerUnresponsive,

    /// <summary>The changed code cannot start; the workers of the old code stay.</summary>
    CodeRejected,

    /// <summary>Workers are replaced for that reason again and again, and it has not helped: from now on ever more slowly.</summary>
    ReplacementsBraked,

    /// <summary>The call's input has killed one worker too many.</summary>
    InputQuarantined,

    /// <summary>The slot's worker gets no calls for a time.</summary>
    SlotTainted,
    PoolStopped,
}
