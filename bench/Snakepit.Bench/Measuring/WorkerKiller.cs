using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>Kills workers of a pool as the system does when memory is short: at any moment and without warning.</summary>
internal sealed class WorkerKiller(IWorkerPool pool, int workers) : IAsyncDisposable
{
    private const double LongestPauseMs = 5;
    private readonly IAsyncEnumerator<LifecycleEvent> _events = pool.WatchAsync().GetAsyncEnumerator();
    private readonly Random _random = new(1);

    /// <summary>Kills one worker a moment after all are ready, and waits until the pool knows.</summary>
    public async Task KillOneAsync(CancellationToken cancellation)
    {
        await pool.WaitUntilReadyAsync(workers, cancellation);
        await Task.Delay(TimeSpan.FromMilliseconds(_random.NextDouble() * LongestPauseMs), cancellation);
        WorkerSnapshot[] serving = Serving();
        WorkerSnapshot victim = serving[_random.Next(serving.Length)];
        using (var process = new Descriptor(Libc.PidfdOpen(victim.Pid)))
        {
            // If the worker still serves now, the descriptor is that of the worker and not of another process with its number.
            if (process.IsInvalid
                || !Serving().Any(worker => worker.Id == victim.Id)
                || Libc.PidfdSendSignal(process.Number, Libc.SigKill) < 0)
            {
                throw new InvalidRunException($"Worker {victim.Id} ended without being killed.");
            }
        }
        while (await _events.MoveNextAsync())
        {
            if (_events.Current is WorkerCrashedEvent crashed && crashed.Worker == victim.Id)
            {
                return;
            }
        }
    }

    public ValueTask DisposeAsync() => _events.DisposeAsync();

    private WorkerSnapshot[] Serving() =>
        [.. pool.GetSnapshot().Workers.Where(static worker => worker is { State: WorkerState.Serving, Pid: > 0 })];
}
