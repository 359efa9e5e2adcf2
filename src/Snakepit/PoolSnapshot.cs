namespace Snakepit;

/// <summary>A pool at one moment. Consistent in itself: taken in one step.</summary>
public sealed record PoolSnapshot
{
    /// <summary>The pool's name.</summary>
    public required string Name { get; init; }

    /// <summary>Starting, Ready, Degraded, Failing or Stopped.</summary>
    public required PoolState State { get; init; }

    /// <summary>The configured number of workers.</summary>
    public required int Size { get; init; }

    /// <summary>Workers that take calls.</summary>
    public required int Ready { get; init; }

    /// <summary>Calls that wait for a worker.</summary>
    public required int QueueLength { get; init; }

    /// <summary>How many may wait.</summary>
    public required int QueueLimit { get; init; }

    /// <summary>Calls that run in workers, abandoned ones included.</summary>
    public required int Running { get; init; }

    /// <summary>Calls accepted since the pool started.</summary>
    public required long Accepted { get; init; }

    /// <summary>Calls rejected since the pool started.</summary>
    public required long Rejected { get; init; }

    /// <summary>Workers replaced on purpose since the pool started.</summary>
    public required long Recycled { get; init; }

    /// <summary>Every worker process, slot by slot, draining ones included.</summary>
    public required IReadOnlyList<WorkerSnapshot> Workers { get; init; }

    /// <summary>Why the last worker could not start, until one starts again; else null.</summary>
    public AdapterLoadException? LastStartFailure { get; init; }
}

/// <summary>A worker at one moment.</summary>
public sealed record WorkerSnapshot
{
    /// <summary>Its identity.</summary>
    public required WorkerId Id { get; init; }

    /// <summary>Its process id; 0 before it has one.</summary>
    public required int Pid { get; init; }

    /// <summary>What it is doing in its life.</summary>
    public required WorkerState State { get; init; }

    /// <summary>When its process was launched.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it has been alive.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Calls it has begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Calls it runs now.</summary>
    public required int Running { get; init; }

    /// <summary>Calls that were sent to it and wait behind those it runs, so that it need not idle between two of them. Only calls of tools that
    /// have proved fast wait here; when the worker makes no progress they go back to the queue. 0 when it runs calls one by one.</summary>
    public int Waiting { get; init; }

    /// <summary>After how many calls it is replaced; null: never.</summary>
    public required int? EffectiveMaxRequests { get; init; }

    /// <summary>Why it is being replaced, or null.</summary>
    public RecycleReason? Recycling { get; init; }
}

/// <summary>The state of a pool.</summary>
public enum PoolState
{
    /// <summary>Fewer than MinReady workers so far, none has failed.</summary>
    Starting,

    /// <summary>At least MinReady workers take calls.</summary>
    Ready,

    /// <summary>Fewer than MinReady workers take calls, at least one does.</summary>
    Degraded,

    /// <summary>No worker takes calls and starting one failed; calls are rejected with the reason.</summary>
    Failing,

    /// <summary>The pool is shutting down: running calls may finish.</summary>
    Stopping,

    /// <summary>The pool has stopped.</summary>
    Stopped,
}

/// <summary>The state of a worker.</summary>
public enum WorkerState
{
    /// <summary>Its process is being made.</summary>
    Launching,

    /// <summary>Its process runs and loads the adapter.</summary>
    Booting,

    /// <summary>Ready, but not yet taking calls.</summary>
    Ready,

    /// <summary>Takes calls.</summary>
    Serving,

    /// <summary>Finishes its calls and takes no new ones.</summary>
    Draining,

    /// <summary>Was told to end.</summary>
    Stopping,

    /// <summary>Its process is gone.</summary>
    Exited,
}
