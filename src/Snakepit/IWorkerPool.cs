namespace Snakepit;

/// <summary>A named set of worker processes with one adapter. Safe for any number of threads. Owned by its runtime: not disposable.</summary>
public interface IWorkerPool : IToolInvoker
{
    /// <summary>The pool's name.</summary>
    string Name { get; }

    /// <summary>What the pool is doing now: sizes, queue, and every worker.</summary>
    PoolSnapshot GetSnapshot();

    /// <summary>The tools of the adapter, as the last worker to become ready reported them; empty before the first.</summary>
    IReadOnlyList<ToolDescriptor> Tools { get; }

    /// <summary>Waits until workers are ready to serve.</summary>
    /// <param name="workers">How many; null: <see cref="PoolOptions.MinReady"/>. At most the pool's size.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="AdapterLoadException">A worker could not start while none was ready.</exception>
    Task WaitUntilReadyAsync(int? workers = null, CancellationToken cancellationToken = default);

    /// <summary>Replaces the worker of one slot, or of every slot one after another. Each replacement serves before its predecessor stops.
    /// Completes when every target serves from its replacement and the old processes are gone. Requests for the same slot join.</summary>
    /// <param name="slot">The slot; null: all, within <see cref="RecycleOptions.MaxConcurrent"/>.</param>
    /// <param name="cancellationToken">Stops waiting and slots not yet begun, never a replacement under way.</param>
    Task<RecycleReport> RecycleAsync(int? slot = null, CancellationToken cancellationToken = default);

    /// <summary>The pool's events from now on; see <see cref="ISnakepit.WatchAsync"/>.</summary>
    IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default);
}
