using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The pool's end: who asked for it when, and when it is reached.</summary>
internal sealed class Shutdown(PoolContext pool, PoolCore core, DefectCount defects, CallErrors errors)
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When the pool was told to stop; 0: it was not. Written under the pool's lock.</summary>
    public long BegunAt { get; private set; }

    /// <summary>Why the pool will never start workers; null: it may.</summary>
    public SnakepitException? NeverStarts { get; private set; }

    /// <summary>Why the pool takes no calls whatever the kernel says. Under the pool's lock.</summary>
    public Outcome WhyClosed_NeedsLock => !defects.IsExceeded ? Outcome.None : BegunAt == 0 ? Outcome.PoolFailing : Outcome.PoolStopping;

    /// <summary>The pool is stopping or has stopped. Under the pool's lock.</summary>
    public bool IsStopping_NeedsLock => core.Kernel.State is PoolState.Stopping or PoolState.Stopped;

    /// <summary>Stops admission, lets running calls finish within Stop.Timeout, ends the workers. Completes when every process is gone or
    /// known to be unkillable.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        core.Locked(this, static self => self.BegunAt = self.BegunAt == 0 ? self.Now : self.BegunAt);
        core.Command(new PoolCommand(CommandKind.Shutdown));
        await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        pool.Reporter.Dispose();
    }

    /// <summary>Leaves a stop under way no more time for calls. Does nothing before.</summary>
    public void Hurry() => core.Command(new PoolCommand(CommandKind.HurryShutdown));

    /// <summary>The pool will never start workers: calls are rejected with the reason.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isThrown">The caller that starts the pool gets the reason as an exception; else the log is the only place that tells
    /// it.</param>
    public void GiveUp(SnakepitException reason, bool isThrown)
    {
        core.Locked((self: this, reason), static x => x.self.NeverStarts = x.reason);
        if (!isThrown)
        {
            pool.Reporter.Unstartable(reason);
        }
        _ = StopAsync(CancellationToken.None);
    }

    /// <summary>Every process is gone or known to be unkillable.</summary>
    public void End()
    {
        core.Dispose();
        pool.Reporter.Stopped(pool.Clock.Elapsed(BegunAt));
        _stopped.TrySetResult();
    }

    public Exception Error() => errors.Stopped(NeverStarts);

    /// <exception cref="ObjectDisposedException">The pool is stopping or has stopped.</exception>
    public void ThrowIfStopping()
    {
        if (core.Locked(this, static self => self.IsStopping_NeedsLock))
        {
            throw Error();
        }
    }

    private long Now => pool.Clock.Now;
}
