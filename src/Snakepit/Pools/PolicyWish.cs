namespace Snakepit.Pools;

/// <summary>The decision of the pool's policies about a worker.</summary>
internal sealed class PolicyWish
{
    private int _isAwaited;

    /// <summary>Whether a policy has asked for the worker's replacement and still does. Used by the policies' thread only.</summary>
    public bool IsUnwanted { get; set; }

    /// <summary>The reason that the policy gave.</summary>
    public string? Detail { get; set; }

    /// <returns>False when the worker waits for the policies already.</returns>
    public bool TryAwait() => Interlocked.Exchange(ref _isAwaited, 1) == 0;

    public void EndWait() => Interlocked.Exchange(ref _isAwaited, 0);
}
