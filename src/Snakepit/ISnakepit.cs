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

    /// <summary>Reads all settings again, from configuration and the delegates given to <c>AddPool</c>, and applies those that have
    /// changed. A change of configuration does the same by itself. <see cref="ReloadEffect"/> says how a change takes effect. Pools that
    /// are no longer there finish their calls and stop, and new ones start. Reloads take turns.</summary>
    /// <param name="cancellationToken">Cancels the wait, and the reload if its turn has not come.</param>
    /// <returns>Completes when, in each pool, one worker has started with the new settings or has failed to, and removed pools have
    /// stopped.</returns>
    /// <exception cref="SnakepitException">The settings are invalid, or an interpreter or an adapter that they name does not exist.
    /// The running configuration stays in force.</exception>
    /// <exception cref="ObjectDisposedException">The runtime has stopped.</exception>
    Task<ReloadReport> ReloadAsync(CancellationToken cancellationToken = default);

    /// <summary>Counts the workers of all pools.</summary>
    LifecycleStatistics GetStatistics();

    /// <summary>Examines whether the machine and the pools have what workers need, whether or not they run. A sick environment is a result,
    /// not an exception. The adapters are loaded in processes of their own, which leave nothing behind.</summary>
    /// <param name="options">What to examine; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<DoctorReport> ExamineAsync(DoctorOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Returns what the pools share: memory and replacements, who has them and who waits. The list of pools is empty without
    /// <see cref="SnakepitOptions.MemoryBudget"/> and <see cref="SnakepitOptions.MaxConcurrentRecycles"/>, because nothing is shared
    /// then.</summary>
    BudgetSnapshot GetBudget();

    /// <summary>Returns the events of all pools from now on, until cancelled. At most 1,024 unread events are kept for a reader. A reader
    /// that is too slow loses the oldest, and finds their number in <see cref="LifecycleEvent.Dropped"/>.</summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
