using Snakepit.Pools;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Stops a runtime whose workers end only when the test ends them.</summary>
internal static class EndOfRuntime
{
    /// <summary>Begins to stop, ends the workers once the pool accepts no more calls, and waits for the rest.</summary>
    public static async Task StopAsync(this SnakepitRuntime runtime, WorkerPool pool, Action endWorkers)
    {
        Task stopping = runtime.StopAsync(CancellationToken.None);
        await pool.WaitUntilAsync(static pool => pool.State >= PoolState.Stopping);
        endWorkers();
        await stopping;
    }

    /// <summary>Stops the runtime and kills whatever still runs.</summary>
    public static async Task EndAsync(this SnakepitRuntime runtime, WorkerPool pool, FakeWorkers workers)
    {
        await runtime.StopAsync(pool, () =>
        {
            foreach (FakeWorker worker in workers.Alive)
            {
                worker.Crash();
            }
        });
        await runtime.DisposeAsync();
    }
}
