namespace Snakepit;

/// <summary>A running set of pools. With one pool, or one named <c>default</c>, its tools can be called here directly.</summary>
public interface ISnakepit : IToolInvoker
{
    /// <summary>The pools' names.</summary>
    IReadOnlyCollection<string> PoolNames { get; }

    /// <summary>The pool of that name.</summary>
    /// <exception cref="ConfigurationException">There is none; the message lists the nearest names.</exception>
    IWorkerPool GetPool(string name);

    /// <summary>The workers of all pools in numbers.</summary>
    LifecycleStatistics GetStatistics();

    /// <summary>The events of all pools from now on, until cancelled. A slow reader loses the oldest beyond 1,024 and sees how many
    /// in <see cref="LifecycleEvent.Dropped"/>.</summary>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
