using Snakepit.Pools.Kernel;

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

    /// <summary>Code that the zygote of these workers may have imported has changed: those launched from now on are forked from a new one, for
    /// which they wait. The old one lives until the new one is ready.</summary>
    void ReplaceZygote(WorkerBlueprint blueprint)
    {
    }
}

/// <summary>What a worker needs to start.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="Blueprint">What all workers of its pool have in common.</param>
internal sealed record WorkerLaunch(WorkerId Id, WorkerBlueprint Blueprint);
