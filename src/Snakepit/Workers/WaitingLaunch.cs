namespace Snakepit.Workers;

/// <summary>A launch that waits for the zygote.</summary>
internal readonly record struct WaitingLaunch(WorkerStart Launch, IWorkerEvents Events);
