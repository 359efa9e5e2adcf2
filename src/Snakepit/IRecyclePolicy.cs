namespace Snakepit;

/// <summary>A reason of your own to replace a worker. Called after calls and several times a second for every worker that serves. All policies of a pool are
/// called on one thread that does nothing else, one call at a time. A policy that blocks delays no call, but until it returns no policy of its pool judges a
/// worker; after 10 s a warning says so. A policy that throws is logged once and not called again.</summary>
public interface IRecyclePolicy
{
    /// <summary>Says why the worker is to be replaced, in words for the log and the event; null: it is not.</summary>
    string? ShouldRecycle(in RecycleCandidate worker);
}

/// <summary>A worker as a <see cref="IRecyclePolicy"/> sees it.</summary>
/// <param name="Worker">Who it is.</param>
/// <param name="Age">How long its process has been alive.</param>
/// <param name="Requests">Calls it has begun.</param>
/// <param name="ConsecutiveErrors">Its failed calls since the last that succeeded.</param>
/// <param name="Memory">Its private memory, as last read; null before the first reading.</param>
/// <param name="CpuTime">The processor time it has used, as last read; null before the first reading.</param>
public readonly record struct RecycleCandidate(
    WorkerId Worker, TimeSpan Age, long Requests, int ConsecutiveErrors, MemorySize? Memory, TimeSpan? CpuTime);
