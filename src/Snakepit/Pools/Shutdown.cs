using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The shutdown of the pool: its begin, its reason, and its end.</summary>
internal sealed class Shutdown(PoolContext pool, PoolCore core, DefectCount defects, CallErrors errors)
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The time when the stop began; 0 before. Written under the pool's lock.</summary>
    public long BegunAt { get; private set; }

    /// <summary>The reason why the pool will never start workers; null when it may.</summary>
    public SnakepitException? NeverStarts { get; private set; }

    /// <summary>The reason why the pool accepts no calls, whatever the kernel says. Under the pool's lock.</summary>
    public Outcome WhyClosed_NeedsLock => !defects.IsExceeded ? Outcome.None : BegunAt == 0 ? Outcome.PoolFailing : Outcome.PoolStopping;

    /// <summary>Whether the pool is stopping or has stopped. Under the pool's lock.</summary>
    public bool IsStopping_NeedsLock => core.Kernel.State is PoolState.Stopping or PoolState.Stopped;

    /// <summary>
    /// Stops admission, lets running calls finish within Stop.Timeout, and ends the workers. Completes when every process has ended or is
    /// known to be unkillable.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        core.Locked(this, static self => self.BegunAt = self.BegunAt == 0 ? self.Now : self.BegunAt);
        core.Command(new PoolCommand(CommandKind.Shutdown));
        await _stopped.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        pool.Reporter.Dispose();
    }

    /// <summary>Gives the calls of a stop in progress no more time. Does nothing before a stop.</summary>
    public void Hurry() => core.Command(new PoolCommand(CommandKind.HurryShutdown));

    /// <summary>The pool will never start workers: calls are rejected with the reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <param name="isThrown">
    /// True when the caller that starts the pool gets the reason as an exception; otherwise only the log has it.
    /// </param>
    public void GiveUp(SnakepitException reason, bool isThrown)
    {
        core.Locked((self: this, reason), static x => x.self.NeverStarts = x.reason);
        if (!isThrown)
        {
            pool.Reporter.Unstartable(reason);
        }
        _ = StopAsync(CancellationToken.None);
    }

    /// <summary>Every process has ended or is known to be unkillable.</summary>
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
