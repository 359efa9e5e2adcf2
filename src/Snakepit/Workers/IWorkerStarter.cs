namespace Snakepit.Workers;

/// <summary>Starts workers: processes over pipes, or fakes in memory.</summary>
internal interface IWorkerStarter : IDisposable
{
    /// <summary>Begins a start and returns at once. <paramref name="events"/> gets the outcome, possibly before this returns.</summary>
    void Launch(WorkerStart launch, IWorkerEvents events);

    /// <summary>
    /// Abandons a launch that was not reported as launched yet. If its process does not exist yet, it never will, and its exit is reported.
    /// Otherwise the launch continues.
    /// </summary>
    void Withdraw(IWorkerEvents events)
    {
    }

    /// <summary>
    /// Reports that code which the zygote of these workers may have imported has changed. A new zygote becomes ready, or turns out to be
    /// impossible; meanwhile the old one serves. Workers that are launched after <paramref name="onReplaced"/>, which may be called at
    /// once, have the current code.
    /// </summary>
    void ReplaceZygote(WorkerBlueprint blueprint, Action onReplaced) => onReplaced();

    /// <summary>No more workers are started by this blueprint, so its zygote ends. Workers that it has forked continue.</summary>
    void RetireZygote(WorkerBlueprint blueprint)
    {
    }
}

/// <summary>The data that a worker needs to start.</summary>
/// <param name="Id">The worker's id.</param>
/// <param name="Blueprint">The data that all workers of its pool have in common.</param>
internal sealed record WorkerStart(WorkerId Id, WorkerBlueprint Blueprint);
