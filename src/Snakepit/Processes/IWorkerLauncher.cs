namespace Snakepit.Processes;

/// <summary>Starts workers. How is its secret: processes, or fakes in memory.</summary>
internal interface IWorkerLauncher : IAsyncDisposable
{
}
