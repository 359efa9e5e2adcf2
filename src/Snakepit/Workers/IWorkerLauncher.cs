using Snakepit.Pools.Kernel;

namespace Snakepit.Workers;

/// <summary>Starts workers. How is its secret: processes over pipes, or fakes in memory.</summary>
internal interface IWorkerLauncher : IDisposable
{
    /// <summary>Begins a start and returns at once. What comes of it is told to <paramref name="events"/>, possibly before this returns.</summary>
    void Launch(WorkerLaunch launch, IWorkerEvents events);

    /// <summary>What a zygote of that blueprint has loaded is out of date: workers launched from now on come from a new one.</summary>
    void ReplaceZygote(WorkerBlueprint blueprint)
    {
    }
}

/// <summary>What a worker needs to start.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="Blueprint">What all workers of its pool have in common.</param>
internal sealed record WorkerLaunch(WorkerId Id, WorkerBlueprint Blueprint);
