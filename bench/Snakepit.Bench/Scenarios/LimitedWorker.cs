namespace Snakepit.Bench.Scenarios;

/// <summary>Finds the only worker of a pool and its limits.</summary>
internal static class LimitedWorker
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the memory of the serving worker was read and no other worker starts or leaves, and returns it.</summary>
    public static async Task<(WorkerId Id, WorkerMemory Memory)> FindAsync(IWorkerPool pool, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        while (!patience.IsCancellationRequested)
        {
            if (pool.GetSnapshot().Workers is [{ State: WorkerState.Serving, RecycleReason: null, Memory: { } memory } worker])
            {
                return (worker.Id, memory);
            }
            await Task.Delay(s_pause, cancellation);
        }
        throw new InvalidRunException("There is no worker whose memory is read.");
    }
}
