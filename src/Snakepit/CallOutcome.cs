namespace Snakepit;

/// <summary>Specifies how a call ended for its caller.</summary>
public enum CallOutcome
{
    /// <summary>The tool returned a result.</summary>
    Succeeded,

    /// <summary>Python raised an exception: <see cref="ToolException"/>.</summary>
    ToolError,

    /// <summary>The tool returned a result that does not fit the type that the caller asked for:
    /// <see cref="ToolResultException"/>.</summary>
    ResultMismatch,

    /// <summary>The tool did not run, because the pool did not accept the call or the call waited too long:
    /// <see cref="PoolSaturatedException"/>, <see cref="InputQuarantinedException"/>, <see cref="NestedCallDeadlockException"/> or
    /// <see cref="CircuitOpenException"/>.</summary>
    Rejected,

    /// <summary>The call's deadline passed: <see cref="CallTimeoutException"/>.</summary>
    TimedOut,

    /// <summary>The caller cancelled the call: <see cref="OperationCanceledException"/>.</summary>
    Cancelled,

    /// <summary>The worker's process ended during the call: <see cref="WorkerLostException"/>.</summary>
    WorkerLost,

    /// <summary>The call belongs to a session that has lost its worker: <see cref="SessionLostException"/>.</summary>
    SessionLost,

    /// <summary>The worker of the call's session was busy, and the call was not to wait for it:
    /// <see cref="WorkerBusyException"/>.</summary>
    WorkerBusy,

    /// <summary>The pool cannot start any worker: <see cref="AdapterLoadException"/> or <see cref="PythonNotFoundException"/>.</summary>
    PoolFailing,

    /// <summary>The pool is stopping or has stopped: <see cref="ObjectDisposedException"/>, or the exception that kept the pool from
    /// starting.</summary>
    PoolStopped,
}
