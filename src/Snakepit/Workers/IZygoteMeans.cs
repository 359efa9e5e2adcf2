namespace Snakepit.Workers;

/// <summary>The ways to start processes that a zygote's keeper needs.</summary>
internal interface IZygoteMeans
{
    /// <summary>A zygote that is yet to be started.</summary>
    IZygoteProcess CreateZygote(WorkerBlueprint blueprint, string pool, Zygote owner);

    /// <summary>Launches a worker without a zygote.</summary>
    void Spawn(WorkerLaunch launch, IWorkerEvents events);
}
