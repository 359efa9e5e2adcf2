using Snakepit.Pools;

namespace Snakepit.Testing;

/// <summary>Waiting for a pool to come into a state, without polling.</summary>
public static class PoolProbe
{
    /// <summary>Completes with the first snapshot that meets the condition: <c>await pool.WaitUntilAsync(p => p.QueueLength == 3)</c>.</summary>
    /// <param name="pool">A pool of a runtime.</param>
    /// <param name="condition">Asked after every step of the pool, on the thread that made it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<PoolSnapshot> WaitUntilAsync(
        this IWorkerPool pool, Func<PoolSnapshot, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        WorkerPool watched = pool as WorkerPool ?? throw new ArgumentException("Only pools of a runtime can be watched.", nameof(pool));
        var met = new TaskCompletionSource<PoolSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Check()
        {
            try
            {
                PoolSnapshot now = watched.GetSnapshot();
                if (condition(now))
                {
                    met.TrySetResult(now);
                }
            }
            catch (Exception error)
            {
                met.TrySetException(error); // the test's mistake must not become the pool's
            }
        }

        watched.Stepped += Check;
        try
        {
            Check(); // after the subscription, so that no step falls in between
            return await met.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            watched.Stepped -= Check;
        }
    }
}
