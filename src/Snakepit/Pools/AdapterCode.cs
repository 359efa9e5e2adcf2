using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>The adapter's code as the workers' zygote has loaded it: watches its file, and has the zygote replaced.</summary>
internal sealed class AdapterCode(PoolContext pool, PoolCore core, WorkerDirectory workers, Shutdown shutdown, AdapterFiles files)
{
    private readonly Lock _gate = new();
    private AdapterWatch? _watch;
    private string? _watched;
    private string? _source; // of the last worker that has reported one

    /// <summary>A worker has reported the adapter's file: it is watched, if the options say so.</summary>
    public void Watch(string? source)
    {
        if (source is null)
        {
            return;
        }
        files.Add(source);
        Volatile.Write(ref _source, source);
        Adopt();
    }

    /// <summary>Watches the file that the options say; they may have changed.</summary>
    public void Adopt()
    {
        AdapterWatch? ended = null;
        lock (_gate)
        {
            string? wanted = pool.Options.WatchAdapter && !IsStopping ? _source : null;
            if (wanted != _watched)
            {
                ended = _watch;
                _watched = wanted;
                _watch = wanted is null ? null
                    : AdapterWatch.TryCreate(wanted, files, pool.Clock.Time, OnChanged, pool.Reporter.CodeNotWatched);
            }
        }
        ended?.Dispose();
    }

    /// <summary>The pool has stopped.</summary>
    public void EndWatch() => Adopt();

    private bool IsStopping => core.Locked(shutdown, static shutdown => shutdown.IsStopping_NeedsLock);

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
        if (IsStopping)
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
}
