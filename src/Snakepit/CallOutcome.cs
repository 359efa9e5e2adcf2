namespace Snakepit;

/// <summary>How a call ended for its caller.</summary>
public enum CallOutcome
{
    /// <summary>With a result.</summary>
    Ok,

    /// <summary>Python raised: <see cref="ToolException"/>.</summary>
    ToolError,

    /// <summary>The pool did not take it, or let it wait in vain; the tool did not run: <see cref="PoolSaturatedException"/>.</summary>
    Rejected,

    /// <summary>Its deadline passed: <see cref="CallTimeoutException"/>.</summary>
    TimedOut,

    /// <summary>Its caller cancelled it: <see cref="OperationCanceledException"/>.</summary>
    Cancelled,

    /// <summary>The worker's process ended with it: <see cref="WorkerLostException"/>.</summary>
    WorkerLost,

    /// <summary>No worker can start: <see cref="AdapterLoadException"/>.</summary>
    Failing,

    /// <summary>The pool is stopping or stopped: <see cref="ObjectDisposedException"/>, or what kept the pool from starting.</summary>
    Stopped,
}
