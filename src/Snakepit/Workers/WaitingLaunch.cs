namespace Snakepit.Workers;

/// <summary>A worker whose launch waits for the zygote.</summary>
internal readonly record struct WaitingLaunch(WorkerLaunch Launch, IWorkerEvents Events);
