namespace Snakepit.Lifecycle;

/// <summary>The action that a worker's memory requires.</summary>
internal enum MemoryVerdict
{
    None,

    /// <summary>The worker is above its soft limit and should collect its garbage.</summary>
    Collect,

    /// <summary>The worker is still above its soft limit and should be replaced. Repeated only after it was below.</summary>
    Soft,

    /// <summary>The worker is above its hard limit and must be killed now.</summary>
    Hard,

    /// <summary>
    /// The worker was above its soft limit when it became ready, which the limit can hardly mean. It is judged by what it gains, like every
    /// worker.
    /// </summary>
    FreshOverLimit,

    /// <summary>The worker is below the soft limit again, after it was reported to be above.</summary>
    Cleared,
}
