using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>How many workers serve: the pool's size, those who wait for workers, and whether the pool's start has been told.</summary>
internal sealed class Readiness(
    PoolContext pool, PoolCore core, DeathBook deaths, DefectCount defects, Shutdown shutdown, StartErrors errors)
{
    private const int MaxSize = 10_000;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromDays(49); // a timer counts no further
    private readonly List<(int Workers, TaskCompletionSource Done)> _waiters = [];
    private long _startedAt;
    private bool _isStartTold;

    public async Task WaitAsync(int? workers, CancellationToken cancellationToken)
    {
        int wanted = workers ?? Math.Max(1, pool.Options.MinReady);
        ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(workers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, core.Locked(core, static core => core.Kernel.Target), nameof(workers));
        await WaitForAsync(wanted, cancellationToken).ConfigureAwait(false);
    }

    public async Task ResizeAsync(int size, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, Math.Max(1, pool.Options.MinReady));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, MaxSize);
        shutdown.ThrowIfStopping();
        core.Command(new PoolCommand(CommandKind.Resize, Size: size));
        core.Locked(this, static self => self.Serve_NeedsLock()); // those of an earlier size
        await WaitForAsync(size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The pool's start has begun. Under the pool's lock.</summary>
    public void OnStart_NeedsLock() => _startedAt = pool.Clock.Now;

    /// <summary>Ends the waits that have come to something. After every change of how many workers serve.</summary>
    public void Serve_NeedsLock()
    {
        if (_waiters.Count == 0)
        {
            return;
        }
        PoolKernel kernel = core.Kernel;
        int serving = kernel.ServingCount + kernel.RestingCount; // those that rest come when they are wanted
        for (int i = _waiters.Count - 1; i >= 0; i--)
        {
            (int workers, TaskCompletionSource done) = _waiters[i];
            bool ended = shutdown.IsStopping_NeedsLock ? done.TrySetException(shutdown.Error())
                : kernel.State == PoolState.Failing || defects.IsExceeded ? done.TrySetException(errors.Copy(deaths.LastStartFailure))
                : serving >= Math.Min(workers, kernel.Target) && done.TrySetResult(); // so many are not to come any more
            if (ended || done.Task.IsCompleted)
            {
                _waiters.RemoveAt(i);
            }
        }
    }

    /// <summary>Tells that the pool's state has changed, and the first time that it is ready, how its start went.</summary>
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
            done.TrySetCanceled(CancellationToken.None); // so that it is forgotten
        }
    }

    /// <returns>How long to wait: the workers start one after another at worst.</returns>
    private TimeSpan Add_NeedsLock(int wanted, TaskCompletionSource done)
    {
        int missing = Math.Max(1, wanted - core.Kernel.ServingCount - core.Kernel.RestingCount);
        TimeSpan starts = (pool.Options.Boot.Timeout * missing) + pool.Options.Restart.MaxBackoff;
        _waiters.Add((wanted, done));
        Serve_NeedsLock();
        return starts < s_longestWait ? starts : s_longestWait;
    }
}
