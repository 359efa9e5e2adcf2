namespace Snakepit.Workers;

/// <summary>Starts workers. How is its secret: processes over pipes, or fakes in memory.</summary>
internal interface IWorkerLauncher : IDisposable
{
    /// <summary>Begins a start and returns at once. What comes of it is told to <paramref name="events"/>, possibly before this returns.</summary>
    void Launch(WorkerLaunch launch, IWorkerEvents events);

    /// <summary>Gives up a launch that was not told as launched yet. Where its process still waits to be made, its exit is told and it will never
    /// be; else it comes.</summary>
    void Withdraw(IWorkerEvents events)
    {
    }

    /// <summary>Code that the zygote of these workers may have imported has changed. A new one is made ready, or turns out to be impossible; meanwhile
    /// the old one serves. From <paramref name="onReplaced"/> on, which may be called at once, what is launched has the code as it is now.</summary>
    void ReplaceZygote(WorkerBlueprint blueprint, Action onReplaced) => onReplaced();
}

/// <summary>What a worker needs to start.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="Blueprint">What all workers of its pool have in common.</param>
internal sealed record WorkerLaunch(WorkerId Id, WorkerBlueprint Blueprint);
