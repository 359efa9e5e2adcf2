using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Describes a pool at one moment. All values belong to the same moment.</summary>
public sealed record PoolSnapshot
{
    /// <summary>Gets the name of the pool.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the state of the pool.</summary>
    public required PoolState State { get; init; }

    /// <summary>Gets whether the pool has ever been <see cref="PoolState.Ready"/>.</summary>
    public bool HasBeenReady { get; init; }

    /// <summary>Gets the defect of Snakepit that has ended the pool for good, so that only a restart of the host helps; null when there was
    /// none, or the pool has recovered from it.</summary>
    public string? Defect { get; init; }

    /// <summary>Gets the number of slots: as configured, or as last set by <see cref="IWorkerPool.ResizeAsync"/>.</summary>
    public required int Size { get; init; }

    /// <summary>Gets how long fewer workers must be enough before the pool shrinks: <see cref="ScaleOptions.Patience"/>, or what it has
    /// learned since; null when the size does not follow the load.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>Gets the number of spare workers that are ready: <see cref="PoolOptions.Spares"/>.</summary>
    public int Spares { get; init; }

    /// <summary>Gets the number of slots without a worker, because it had nothing to do for <see cref="RecycleOptions.IdleTimeout"/>; it is
    /// started again when calls wait.</summary>
    public int Resting { get; init; }

    /// <summary>Gets the number of slots that get no calls for a time, whether or not a worker is there; see
    /// <see cref="CrashOptions.TaintOn"/>.</summary>
    public int Tainted { get; init; }

    /// <summary>Gets the number of workers that take calls.</summary>
    public required int Ready { get; init; }

    /// <summary>Gets <see cref="PoolOptions.MinReady"/>: how many workers should take calls at any time.</summary>
    public int MinReady { get; init; }

    /// <summary>Gets the number of calls that wait for a worker.</summary>
    public required int QueueLength { get; init; }

    /// <summary>Gets <see cref="QueueOptions.Limit"/>: how many calls may wait for a worker.</summary>
    public required int QueueLimit { get; init; }

    /// <summary>Gets the number of calls that wait until the queue has room; only with <see cref="QueueFullMode.Wait"/>. They are not
    /// counted in <see cref="QueueLength"/> or <see cref="Accepted"/> yet.</summary>
    public int WaitingForRoom { get; init; }

    /// <summary>Gets the number of calls that run in workers, including those that their callers have abandoned.</summary>
    public required int Running { get; init; }

    /// <summary>Gets the number of sessions that have begun and not ended.</summary>
    public int Sessions { get; init; }

    /// <summary>Gets <see cref="CallLimitOptions.MaxConcurrent"/>: how many calls may run at the same time; null: as many as there are
    /// workers.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>Gets the pool's part of the memory and the replacements that all pools share; null when nothing limits them together
    /// (<see cref="SnakepitOptions.MemoryBudget"/>, <see cref="SnakepitOptions.MaxConcurrentRecycles"/>).</summary>
    public PoolBudget? Budget { get; init; }

    /// <summary>Gets the number of calls accepted since the pool started.</summary>
    public required long Accepted { get; init; }

    /// <summary>Gets the number of calls rejected since the pool started.</summary>
    public required long Rejected { get; init; }

    /// <summary>Gets the number of workers replaced on purpose since the pool started.</summary>
    public required long Recycled { get; init; }

    /// <summary>Gets the time from submission to end that half of the calls did not exceed, among those that ended in the last ten to
    /// twenty seconds; null when none ended. The value is at most an eighth too high.</summary>
    public TimeSpan? MedianDuration { get; init; }

    /// <summary>Gets the time from submission to end that 99 of 100 calls did not exceed, otherwise like
    /// <see cref="MedianDuration"/>.</summary>
    public TimeSpan? Percentile99Duration { get; init; }

    /// <summary>Gets every worker process, in the order of their slots, draining ones included.</summary>
    public required IReadOnlyList<WorkerSnapshot> Workers { get; init; }

    /// <summary>Gets the pool's workers in numbers, those that have ended included.</summary>
    public required LifecycleStatistics Lifecycle { get; init; }

    /// <summary>Gets the causes for which starts and replacements have failed lately, and how long the pool waits before it tries
    /// again.</summary>
    public IReadOnlyList<RestartSnapshot> Restarts { get; init; } = [];

    /// <summary>Gets the inputs that are rejected because they have killed workers.</summary>
    public IReadOnlyList<QuarantinedInput> Quarantine { get; init; } = [];

    /// <summary>Gets the last unplanned ends of workers, up to 16, the latest first. Where there were more, those that the pool killed
    /// (<see cref="DeathReport.KilledBecause"/>) and those that ended otherwise keep eight places each. <see cref="WorkerRecycledEvent"/>
    /// reports planned ends.</summary>
    public IReadOnlyList<DeathReport> LastDeaths { get; init; } = [];

    /// <summary>Gets the state of the circuit breaker; null without one (<see cref="BreakerOptions.FailureRatio"/>).</summary>
    public BreakerState? Breaker { get; init; }

    /// <summary>Gets every setting of the pool with the value in force, by its path, such as <c>Recycle.Ttl</c>. Environment variables are
    /// left out.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the Python interpreter of the pool; null until the pool has found one.</summary>
    public PythonDescription? Python { get; init; }

    /// <summary>Gets why the last worker could not start, an <see cref="AdapterLoadException"/> or a <see cref="PythonNotFoundException"/>;
    /// null when a worker has started since, or none has failed.</summary>
    public SnakepitException? LastStartFailure { get; init; }

    /// <summary>Returns the pool in a few lines: its state and numbers, then each worker, then what has gone wrong lately.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Pool '{Name}' is {State}: {Ready} of {Size} workers are ready");
        Append(text, ", spare", Spares);
        Append(text, ", resting", Resting);
        Append(text, ", tainted", Tainted);
        text.Append(CultureInfo.InvariantCulture, $"; calls: {Running} running, {QueueLength} of at most {QueueLimit} waiting");
        Append(text, ", waiting for room", WaitingForRoom);
        text.Append(CultureInfo.InvariantCulture, $", {Accepted} accepted, {Rejected} rejected; {Recycled} workers replaced");
        text.Append(Breaker is { } breaker ? $"; the circuit is {breaker}" : "");
        Append(text, "; sessions:", Sessions);
        text.Append(Python is { } python ? $"; {python}" : "");
        AppendLines(text, Budget is null ? Array.Empty<PoolBudget>() : [Budget]);
        AppendLines(text, Workers);
        AppendLines(text, Restarts);
        AppendLines(text, Quarantine);
        if (LastStartFailure is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  The last start failed: {LastStartFailure.Message}");
        }
        if (LastDeaths.Count > 0)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n  The last of {LastDeaths.Count} deaths: {LastDeaths[0].Worker}, {LastDeaths[0].Description}");
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, string what, int count)
    {
        if (count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{what} {count}");
        }
    }

    private static void AppendLines<T>(StringBuilder text, IReadOnlyList<T> lines)
    {
        foreach (T line in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {line}");
        }
    }
}

/// <summary>Specifies the state of a pool.</summary>
public enum PoolState
{
    /// <summary>Fewer than <see cref="PoolOptions.MinReady"/> workers are ready so far, and none has failed.</summary>
    Starting,

    /// <summary>At least <see cref="PoolOptions.MinReady"/> workers take calls.</summary>
    Ready,

    /// <summary>Fewer than <see cref="PoolOptions.MinReady"/> workers take calls, but at least one does; or workers are replaced again and
    /// again for a reason that the new ones give too (<see cref="PoolSnapshot.Restarts"/>).</summary>
    Degraded,

    /// <summary>No worker takes calls and starting one failed; calls are rejected with the reason.</summary>
    Failing,

    /// <summary>The pool is shutting down: running calls may finish.</summary>
    Stopping,

    /// <summary>The pool has stopped.</summary>
    Stopped,
}
