using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>Starts fake workers where the production launcher starts processes.</summary>
internal sealed class FakeStarter(FakeWorkers workers) : IWorkerStarter
{
    /// <summary>The adapter's name in messages about pools that set none.</summary>
    public const string AdapterName = "fake workers";

    public void Launch(WorkerStart launch, IWorkerEvents events) => workers.Launch(launch, events);

    public void Dispose()
    {
    }
}
