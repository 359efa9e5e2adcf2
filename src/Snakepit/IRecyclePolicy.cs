namespace Snakepit;

/// <summary>Decides by a rule of your own whether a worker is replaced; see <see cref="RecycleOptions.AddPolicy"/>.</summary>
/// <remarks>
/// The pool asks after calls, and several times a second for every worker that serves. It calls all its policies on one thread that does
/// nothing else, one call at a time. A policy that blocks delays no tool call. Until it returns, however, no policy of the pool judges a
/// worker; after 10 s, a warning says so. A policy that throws is logged once and not called again.
/// </remarks>
public interface IRecyclePolicy
{
    /// <summary>Decides whether the worker is replaced.</summary>
    /// <param name="worker">The worker as it is now.</param>
    /// <returns><see cref="RecycleDecision.Keep"/>, or <see cref="RecycleDecision.Recycle(string)"/> with the reason.</returns>
    RecycleDecision Evaluate(in RecycleCandidate worker);
}

/// <summary>Describes a worker to an <see cref="IRecyclePolicy"/>.</summary>
public readonly record struct RecycleCandidate
{
    /// <summary>Gets the worker.</summary>
    public required WorkerId Worker { get; init; }

    /// <summary>Gets how long the worker's process has been alive.</summary>
    public required TimeSpan Age { get; init; }

    /// <summary>Gets the number of calls that the worker has begun.</summary>
    public long Requests { get; init; }

    /// <summary>Gets the number of failed calls since the last one that succeeded.</summary>
    public int ConsecutiveErrors { get; init; }

    /// <summary>Gets the worker's private memory, as last read; null before the first reading.</summary>
    public MemorySize? Memory { get; init; }

    /// <summary>Gets the processor time that the worker has used, as last read; null before the first reading.</summary>
    public TimeSpan? CpuTime { get; init; }
}
