namespace Snakepit;

/// <summary>Represents a running set of pools. If there is only one pool, or one named <c>default</c>, its tools can be called here
/// directly. Safe for use by any number of threads.</summary>
public interface ISnakepit : IToolInvoker
{
    /// <summary>Gets the names of the pools.</summary>
    IReadOnlyCollection<string> PoolNames { get; }

    /// <summary>Returns the pool that has the given name. Case does not matter.</summary>
    /// <param name="name">The name of the pool.</param>
    /// <exception cref="SnakepitConfigurationException">There is no such pool; the message lists similar names.</exception>
    IWorkerPool GetPool(string name);

    /// <summary>Counts the workers of all pools.</summary>
    LifecycleStatistics GetStatistics();

    /// <summary>Examines whether the machine and the pools have what workers need, whether or not they run. A sick environment is a result,
    /// not an exception. The adapters are loaded in processes of their own, which leave nothing behind.</summary>
    /// <param name="options">What to examine; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<DoctorReport> ExamineAsync(DoctorOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Returns the events of all pools from now on, until cancelled. At most 1,024 unread events are kept for a reader. A reader
    /// that is too slow loses the oldest, and finds their number in <see cref="LifecycleEvent.Dropped"/>.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
