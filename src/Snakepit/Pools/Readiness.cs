using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>Handles waits for workers, changes of the pool's size, and the report of the pool's start.</summary>
internal sealed class Readiness(
    PoolContext pool, PoolCore core, DeathBook deaths, DefectCount defects, Shutdown shutdown, StartErrors errors)
{
    private const int MaxSize = 10_000;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(49); // the longest time of a timer
    private readonly List<(int Workers, TaskCompletionSource Done)> _waiters = [];
    private long _startedAt;
    private bool _isStartTold;

    /// <summary>Whether the pool has been ready once.</summary>
    public bool HasBeenReady_NeedsLock => _isStartTold;

    public async Task WaitAsync(int? workers, CancellationToken cancellationToken)
    {
        int wanted = workers ?? Math.Max(1, pool.Options.MinReady);
        ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(workers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, core.Locked(core, static core => core.Kernel.Target), nameof(workers));
        await WaitForAsync(wanted, cancellationToken).ConfigureAwait(false);
    }

    public async Task ResizeAsync(int size, CancellationToken cancellationToken)
    {
        int least = Math.Max(1, pool.Options.MinReady);
        if (size < least || size > MaxSize)
        {
            string why = least > 1 ? $" (MinReady is {least})" : "";
            throw new ArgumentOutOfRangeException(
                nameof(size), size, $"Pool '{pool.Name}' can have {least} to {MaxSize} workers{why}, not {size}.");
        }
        shutdown.ThrowIfStopping();
        core.Command(new PoolCommand(CommandKind.Resize, Size: size));
        core.Locked(this, static self => self.Serve_NeedsLock()); // waits for an earlier size
        await WaitForAsync(size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The pool's start has begun. Under the pool's lock.</summary>
    public void OnStart_NeedsLock() => _startedAt = pool.Clock.Now;

    /// <summary>Ends the waits that are fulfilled or have failed. Called after every change of the number of workers that serve.</summary>
    public void Serve_NeedsLock()
    {
        if (_waiters.Count == 0)
        {
            return;
        }
        PoolKernel kernel = core.Kernel;
        int serving = kernel.ServingCount + kernel.RestingCount; // resting workers return when they are needed
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            (int workers, TaskCompletionSource done) = _waiters[i];
            bool ended = shutdown.IsStopping_NeedsLock ? done.TrySetException(shutdown.Error())
                : kernel.State == PoolState.Failing || defects.IsExceeded ? done.TrySetException(errors.Copy(deaths.LastStartFailure))
                // After a resize there may be fewer workers than the caller waits for.
                : serving >= Math.Min(workers, kernel.Target) && done.TrySetResult();
            if (ended || done.Task.IsCompleted)
            {
                _waiters.RemoveAt(i);
            }
        }
    }

    /// <summary>Reports a change of the pool's state, and the result of its start when it is ready for the first time.</summary>
    public void OnStateChanged(PoolState from, PoolState to)
    {
        pool.Reporter.StateChanged(from, to);
        if (to == PoolState.Ready && core.Locked(this, static self => self.TakeStart_NeedsLock()) is (int ready, int target))
        {
            pool.Reporter.Started(ready, target, pool.Clock.Elapsed(_startedAt));
        }
    }

    private (int Ready, int Target)? TakeStart_NeedsLock()
    {
        if (_isStartTold)
        {
            return null;
        }
        _isStartTold = true;
        return (core.Kernel.ServingCount, core.Kernel.Target);
    }

    private async Task WaitForAsync(int wanted, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TimeSpan patience = core.Locked((self: this, wanted, done), static x => x.self.Add_NeedsLock(x.wanted, x.done));
        try
        {
            await done.Task.WaitAsync(patience, pool.Clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            (int serving, SnakepitException? failure) =
                core.Locked((core, deaths), static x => (x.core.Kernel.ServingCount, x.deaths.AnyStartFailure));
            throw errors.NotEnoughReady(serving, wanted, failure);
        }
        finally
        {
            done.TrySetCanceled(CancellationToken.None); // removes it from the list
        }
    }

    /// <returns>How long to wait: at worst the workers start one after another.</returns>
    private TimeSpan Add_NeedsLock(int wanted, TaskCompletionSource done)
    {
        int missing = Math.Max(1, wanted - core.Kernel.ServingCount - core.Kernel.RestingCount);
        TimeSpan starts = (pool.Options.Boot.Timeout * missing) + pool.Options.Restart.MaxBackoff;
        _waiters.Add((wanted, done));
        Serve_NeedsLock();
        return starts < s_longestWait ? starts : s_longestWait;
    }
}
