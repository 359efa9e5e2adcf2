using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The adapter's code as the workers' zygote has loaded it: watches its file, and has the zygote replaced.</summary>
internal sealed class AdapterCode(PoolContext pool, PoolCore core, WorkerDirectory workers, Shutdown shutdown, AdapterFiles files)
{
    private AdapterWatch? _watch;
    private bool _isWatched;

    /// <summary>Begins to watch the adapter's file that a worker has reported, once, if the options say so.</summary>
    public void Watch(string? source)
    {
        if (source is null)
        {
            return;
        }
        files.Add(source);
        if (!pool.Options.WatchAdapter || Interlocked.Exchange(ref _isWatched, true))
        {
            return;
        }
        AdapterWatch? watch = AdapterWatch.TryCreate(source, files, pool.Clock.Time, OnChanged, pool.Reporter.CodeNotWatched);
        if (!core.Locked((self: this, watch), static x => x.self.TryKeep_NeedsLock(x.watch)))
        {
            watch?.Dispose();
        }
    }

    public void EndWatch() => _watch?.Dispose();

    /// <summary>Replaces the zygote, and waits until the new one is ready or has failed.</summary>
    public async Task RenewZygoteAsync(CancellationToken cancellationToken)
    {
        shutdown.ThrowIfStopping();
        if (core.Locked(workers, static workers => workers.Source) is not { } source)
        {
            return; // the first one is still to come
        }
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Starter.ReplaceZygote(source.Blueprint, () => renewed.TrySetResult());
        try
        {
            await renewed.Task.WaitAsync(pool.Options.Boot.Timeout, pool.Clock.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its imports hang; until it is ready, workers start without it.
        }
    }

    /// <summary>Handles a change of the file.</summary>
    public void OnChanged()
    {
        if (core.Locked(shutdown, static shutdown => shutdown.IsStopping_NeedsLock))
        {
            return;
        }
        pool.Reporter.CodeChanged();
        try
        {
            WorkerSource source = workers.Source!;
            source.Starter.ReplaceZygote(source.Blueprint, () => core.Command(new PoolCommand(CommandKind.CodeChanged)));
        }
        catch (Exception error)
        {
            core.OnEffectFailed(error); // on a timer's thread, an exception would end the host
        }
    }

    private bool TryKeep_NeedsLock(AdapterWatch? watch)
    {
        if (shutdown.IsStopping_NeedsLock)
        {
            return false;
        }
        _watch = watch;
        return true;
    }
}
