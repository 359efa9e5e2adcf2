namespace Snakepit;

/// <summary>Specifies how a worker runs its calls.</summary>
public enum WorkerProfile
{
    /// <summary>A worker runs one call at a time. Calls share nothing, use as many processors as there are workers, and a crash or a kill
    /// ends one call.</summary>
    Process,

    /// <summary>A worker runs up to <see cref="PoolOptions.ThreadsPerWorker"/> calls at once, each on a thread, and calls of <c>async
    /// def</c> tools on one event loop. For tools that wait for others, or for native code that releases Python's lock. The calls share the
    /// adapter, which must say <c>thread_safe = True</c> if it has plain tools, and the fate of their process.</summary>
    Thread,
}
