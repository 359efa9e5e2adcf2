using Snakepit.Pools;

namespace Snakepit.Testing;

/// <summary>Waits for a pool to reach a state, without polling.</summary>
public static class PoolProbe
{
    /// <summary>The longest wait before an exception that says what did not happen. A test's own timeout is usually shorter.</summary>
    internal static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    /// <summary>Waits for the first snapshot that meets the condition: <c>await pool.WaitUntilAsync(p => p.QueueLength == 3)</c>.</summary>
    /// <param name="pool">A pool of a runtime.</param>
    /// <param name="condition">The condition. Evaluated after every step of the pool, on the thread that made the step.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="TimeoutException">The pool did not meet the condition within five minutes; the message shows the pool as it
    /// is.</exception>
    public static async Task<PoolSnapshot> WaitUntilAsync(
        this IWorkerPool pool, Func<PoolSnapshot, bool> condition, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        WorkerPool watched = (pool as PoolHandle)?.Pool ?? pool as WorkerPool
            ?? throw new ArgumentException("Only pools of a runtime can be watched.", nameof(pool));
        var met = new TaskCompletionSource<PoolSnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Check()
        {
            try
            {
                PoolSnapshot now = pool.GetSnapshot();
                if (condition(now))
                {
                    met.TrySetResult(now);
                }
            }
            catch (Exception error)
            {
                met.TrySetException(error); // an exception of the condition must not reach the pool
            }
        }

        watched.Stepped += Check;
        try
        {
            Check(); // after the subscription, so that no step is missed
            return await met.Task.WaitAsync(Bound, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"Pool '{pool.Name}' has not met the condition within {Bound.TotalMinutes} minutes. It is: {pool.GetSnapshot()}");
        }
        finally
        {
            watched.Stepped -= Check;
        }
    }
}
