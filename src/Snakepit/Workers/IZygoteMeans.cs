namespace Snakepit.Workers;

/// <summary>Starts processes for the owner of a zygote.</summary>
internal interface IZygoteMeans
{
    /// <summary>Creates a zygote that is not started yet.</summary>
    IZygoteProcess CreateZygote(WorkerBlueprint blueprint, string pool, Zygote owner);

    /// <summary>Launches a worker without a zygote.</summary>
    void Spawn(WorkerStart launch, IWorkerEvents events);
}
