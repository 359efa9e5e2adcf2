using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>The base class of what <see cref="IWorkerPool.WatchAsync"/> and <see cref="ISnakepit.WatchAsync"/> report: something that has
/// happened to a worker or a pool. The set is closed: only Snakepit derives from it.</summary>
public abstract record LifecycleEvent
{
    private protected LifecycleEvent()
    {
    }

    /// <summary>Gets the name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Gets when it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Gets the number of earlier events that this watcher lost since its previous event, because it read too slowly.</summary>
    public long Dropped { get; init; }

    /// <summary>Writes the members that all events have, with the time in ISO 8601.</summary>
    /// <param name="builder">Gets the members.</param>
    /// <returns>True.</returns>
    protected virtual bool PrintMembers(StringBuilder builder)
    {
        builder.Append(CultureInfo.InvariantCulture, $"Pool = {Pool}, At = {At:O}, Dropped = {Dropped}");
        return true;
    }
}

/// <summary>The base class of the events that are about one worker, for code that follows workers whatever happens to them.</summary>
public abstract record WorkerEvent : LifecycleEvent
{
    private protected WorkerEvent()
    {
    }

    /// <summary>Gets the worker.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Gets the process id of the worker; 0 if it has none, as after a start that failed before there was a process.</summary>
    public required int Pid { get; init; }
}

/// <summary>Reports that a worker's process was launched.</summary>
public sealed record WorkerStartedEvent : WorkerEvent;

/// <summary>Reports that a worker has loaded its adapter and can serve.</summary>
public sealed record WorkerReadyEvent : WorkerEvent
{
    /// <summary>Gets the time from launch to ready.</summary>
    public required TimeSpan StartDuration { get; init; }
}

/// <summary>Reports that a worker takes no more calls and finishes those it has.</summary>
public sealed record WorkerDrainingEvent : WorkerEvent
{
    /// <summary>Gets why the worker is replaced.</summary>
    public required RecycleReason Reason { get; init; }

    /// <summary>Gets the number of calls that the worker is running.</summary>
    public required int Running { get; init; }
}

/// <summary>Reports that a worker was replaced on purpose and its process is gone. <see cref="WorkerEvent.Worker"/> is the old
/// worker.</summary>
public sealed record WorkerRecycledEvent : WorkerEvent
{
    /// <summary>Gets why the worker was replaced.</summary>
    public required RecycleReason Reason { get; init; }

    /// <summary>Gets how long the old worker's process was alive.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>Gets the number of calls that the old worker had begun.</summary>
    public required long Requests { get; init; }

    /// <summary>Gets the old worker's private memory, as last read; null when it was never read.</summary>
    public MemorySize? MemoryAtEnd { get; init; }

    /// <summary>Gets the worker that serves in its place; null when the old worker was stopped first, the slot rests until calls wait, or
    /// the pool was made smaller.</summary>
    public WorkerId? Replacement { get; init; }

    /// <summary>Gets how long both workers were ready at the same time; zero when the old worker was stopped first.</summary>
    public TimeSpan Overlap { get; init; }

    /// <summary>Gets the number of calls that failed because of the replacement: those still running when
    /// <see cref="RecycleOptions.DrainTimeout"/> had passed, or when the worker was killed.</summary>
    public int FailedCalls { get; init; }

    /// <summary>Gets details beyond the reason, such as the explanation that an <see cref="IRecyclePolicy"/> gave; null when there are
    /// none.</summary>
    public string? Detail { get; init; }
}

/// <summary>Reports that a worker is replaced because it failed its health check or gave no sign of life.</summary>
public sealed record HealthCheckFailedEvent : WorkerEvent
{
    /// <summary>Gets which of the two it was.</summary>
    public required HealthFailureReason Reason { get; init; }

    /// <summary>Gets what the check said, or how long the silence was.</summary>
    public required string Detail { get; init; }
}

/// <summary>Reports that a worker's process ended unplanned: it crashed, something outside the pool killed it, or the pool killed it
/// because it continued an abandoned call beyond <see cref="CallLimitOptions.CancelGrace"/> or hung during its start.
/// <see cref="DeathReport.Cause"/> tells which. A worker that the pool kills for its memory or because it is unresponsive is reported by
/// <see cref="WorkerRecycledEvent"/>.</summary>
public sealed record WorkerCrashedEvent : WorkerEvent
{
    /// <summary>Gets how the process ended.</summary>
    public required DeathReport Report { get; init; }
}

/// <summary>Reports that a slot is tainted: it gets no calls for a time. <see cref="WorkerEvent.Worker"/> is the worker that died in the
/// slot, or the one that is there.</summary>
public sealed record WorkerTaintedEvent : WorkerEvent
{
    /// <summary>Gets the device that the worker used, as its adapter's <c>device()</c> said; null when it named none.</summary>
    public string? Device { get; init; }

    /// <summary>Gets why the slot gets no calls.</summary>
    public required TaintReason Reason { get; init; }

    /// <summary>Gets how long the slot gets no calls.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>Reports that a worker is due to be replaced but keeps serving, because its replacement cannot start. The event names the first
/// such worker of a pool. It is not repeated for others until no worker of the pool is in that state any more. Each failed start has its
/// own <see cref="StartFailedEvent"/>.</summary>
public sealed record ReplacementOverdueEvent : WorkerEvent
{
    /// <summary>Gets why the worker is to be replaced.</summary>
    public required RecycleReason Reason { get; init; }

    /// <summary>Gets why the last replacement could not start; null when it is no longer known.</summary>
    public SnakepitException? Failure { get; init; }
}

/// <summary>Reports that a worker could not start.</summary>
public sealed record StartFailedEvent : WorkerEvent
{
    /// <summary>Gets why the worker could not start.</summary>
    public required AdapterLoadException Failure { get; init; }

    /// <summary>Gets how long the pool waits before it tries again.</summary>
    public required TimeSpan RetryIn { get; init; }
}

/// <summary>Reports that an input keeps killing workers and is rejected for <see cref="CrashOptions.QuarantineTime"/>. The last death has
/// its own <see cref="WorkerCrashedEvent"/>.</summary>
public sealed record InputQuarantinedEvent : LifecycleEvent
{
    /// <summary>Gets the name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>Gets the hash of the input, as in <see cref="QuarantinedInput.Hash"/>.</summary>
    public required ulong Hash { get; init; }

    /// <summary>Gets the report of the last death; null when the process could not be ended.</summary>
    public DeathReport? LastDeath { get; init; }
}

/// <summary>Reports that calls are rejected because the queue is full, or too long for them to run in time. It is not repeated until the
/// queue has shrunk to half its limit.</summary>
public sealed record PoolSaturatedEvent : LifecycleEvent
{
    /// <summary>Gets the number of calls that wait.</summary>
    public required int QueueLength { get; init; }

    /// <summary>Gets <see cref="QueueOptions.Limit"/>.</summary>
    public required int Limit { get; init; }
}

/// <summary>Reports that a reload has put other settings of the pool in force.</summary>
public sealed record PoolReconfiguredEvent : LifecycleEvent
{
    /// <summary>Gets the settings that have changed.</summary>
    public required IReadOnlyList<OptionChange> Changes { get; init; }

    /// <summary>Returns the pool and the changes.</summary>
    public override string ToString() =>
        $"PoolReconfiguredEvent {{ Pool = {Pool}, At = {At:O}, Dropped = {Dropped}, Changes = "
        + $"{string.Join(", ", Changes.Select(static x => $"{x.Option} {x.OldValue} -> {x.NewValue}"))} }}";
}

/// <summary>Reports that no worker could start with the settings of a reload. While other workers serve, the pool keeps its former
/// settings.</summary>
public sealed record ReconfigurationFailedEvent : LifecycleEvent
{
    /// <summary>Gets why the worker that tried them could not start.</summary>
    public required SnakepitException Failure { get; init; }
}

/// <summary>Reports that the state of the pool changed.</summary>
public sealed record PoolStateChangedEvent : LifecycleEvent
{
    /// <summary>Gets the state before.</summary>
    public required PoolState From { get; init; }

    /// <summary>Gets the state from now on.</summary>
    public required PoolState To { get; init; }
}

/// <summary>Reports that the number of workers that the pool is to have has followed its load, between
/// <see cref="PoolOptions.MinSize"/> and <see cref="PoolOptions.MaxSize"/>.</summary>
public sealed record PoolScaledEvent : LifecycleEvent
{
    /// <summary>Gets the number of workers that the pool was to have.</summary>
    public required int From { get; init; }

    /// <summary>Gets the number of workers that the pool is to have from now on.</summary>
    public required int To { get; init; }

    /// <summary>Gets why it has changed.</summary>
    public required ScaleReason Reason { get; init; }
}

/// <summary>Reports an event that a tool has told with <c>ctx.telemetry.event()</c>. <see cref="LifecycleEvent.At"/> is its time in the
/// worker.</summary>
public sealed record PythonEvent : WorkerEvent
{
    /// <summary>Gets the name of the event.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the attributes, by name. A value is a <see cref="string"/>, a <see cref="long"/>, a <see cref="double"/> or a
    /// <see cref="bool"/>.</summary>
    public required IReadOnlyDictionary<string, object?> Attributes { get; init; }

    /// <summary>Returns the event with its attributes.</summary>
    public override string ToString() =>
        $"PythonEvent {{ Pool = {Pool}, At = {At:O}, Dropped = {Dropped}, Worker = {Worker}, "
        + $"Pid = {Pid}, Name = {Name}, Attributes = {string.Join(", ", Attributes.Select(static x => $"{x.Key}: {Show(x.Value)}"))} }}";

    private static string Show(object? value) => value switch
    {
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => "",
    };
}
