namespace Snakepit.Pools;

/// <summary>What the pool's policies want of a worker.</summary>
internal sealed class PolicyWish
{
    private int _isAwaited;

    /// <summary>A policy has asked for the worker's replacement and has not changed its mind. Used by the thread of the policies
    /// only.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>What the policy said.</summary>
    public string? Detail { get; set; }

    /// <returns>False: the worker waits for the policies already.</returns>
    public bool TryAwait() => Interlocked.Exchange(ref _isAwaited, 1) == 0;

    public void EndWait() => Interlocked.Exchange(ref _isAwaited, 0);
}
