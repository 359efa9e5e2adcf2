namespace Snakepit;

/// <summary>Options for when the number of a pool's workers changes between <see cref="PoolOptions.MinSize"/> and
/// <see cref="PoolOptions.MaxSize"/>. They have no effect where the two are the same.</summary>
public sealed class ScaleOptions
{
    /// <summary>Gets or sets how long a call may wait for a worker before the pool grows. It grows at once to as many workers as the load
    /// needs, and again only when those are there. It also grows, by one worker, when its workers spend nine tenths of their time on calls.
    /// Default 100 ms.</summary>
    public TimeSpan QueueDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets how long fewer workers must be enough before the pool shrinks to their number. Only idle workers without
    /// sessions go. A pool that has to grow again within ten times this time has shrunk too early: it waits longer from then on, up to 60
    /// times as long. Default 1m.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);
}
