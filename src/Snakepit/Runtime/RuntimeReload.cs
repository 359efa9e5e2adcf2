using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Snakepit.Pools;
using Snakepit.Telemetry;

namespace Snakepit.Runtime;

/// <summary>
/// Reloads the settings of a running runtime, when configuration changes or on request. Reloads take turns. One that is invalid is refused
/// as a whole.
/// </summary>
internal sealed class RuntimeReload(
    Composition composition, IReadOnlyDictionary<string, PoolOptions> initial, RuntimePools pools, RuntimeStart start,
    RuntimePoolFactory factory, ILogger logger, CancellationToken stopping)
    : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<IDisposable> _watches = [];
    private ReloadSettings _settings = new(composition.Options, initial);
    private string? _refused; // the problem that was told last
    private int _isAwaited; // whether a reload that was caused by configuration waits for its turn

    /// <summary>The report of a reload that changes nothing.</summary>
    public static ReloadReport Nothing { get; } = new()
    {
        Changes = [], Added = [], Removed = [], Kept = new Dictionary<string, SnakepitException>(),
    };

    /// <summary>Begins to watch the configuration.</summary>
    public void Watch()
    {
        foreach (Func<IChangeToken> token in composition.Sections.Select(static section => (Func<IChangeToken>)section.GetReloadToken))
        {
            _watches.Add(ChangeToken.OnChange(token, OnChanged));
        }
    }

    /// <summary>Reads all settings again, and applies those that have changed.</summary>
    /// <exception cref="SnakepitException">The settings are invalid; the running configuration stays in force.</exception>
    public async Task<ReloadReport> ReloadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        Task<ReloadReport> reload = ReloadInTurnAsync();
        return await reload.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _watches.ForEach(static watch => watch.Dispose());

    /// <summary>One reload reads all changes that have been made until its turn comes.</summary>
    private void OnChanged()
    {
        if (Interlocked.Exchange(ref _isAwaited, 1) == 0)
        {
            _ = ReloadQuietlyAsync();
        }
    }

    private async Task ReloadQuietlyAsync()
    {
        try
        {
            await _turn.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            Volatile.Write(ref _isAwaited, 0);
            await ReloadInTurnAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (stopping.IsCancellationRequested || e is SnakepitException)
        {
            // It has been told, or the runtime stops.
        }
        catch (Exception e)
        {
            logger.ReloadRefused(Shown.Headline(e));
        }
    }

    private async Task<ReloadReport> ReloadInTurnAsync()
    {
        try
        {
            await start.Launched.ConfigureAwait(false);
            if (!start.HasBegun)
            {
                throw new SnakepitConfigurationException("The pools have not started yet, so there is nothing to reload. Reload later.");
            }
            ReloadPlan plan = await PlanAsync().ConfigureAwait(false);
            _refused = null;
            return await ApplyAsync(plan).ConfigureAwait(false);
        }
        catch (SnakepitException e) when (!stopping.IsCancellationRequested)
        {
            if (e.Message != _refused)
            {
                _refused = e.Message;
                logger.ReloadRefused(e.Message);
            }
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Finds everything that the changes need, before any of them takes effect.</summary>
    private async Task<ReloadPlan> PlanAsync()
    {
        var next = new ReloadSettings(composition.Compose());
        start.CheckLimits(next.Pools);
        var plan = new ReloadPlan(next, _settings);
        foreach (PoolReload pool in plan.Pools)
        {
            if (pool.NeedsBlueprint)
            {
                pool.Blueprint = await start.PrepareAsync(pool.Name, pool.Options, stopping).ConfigureAwait(false);
            }
        }
        return plan;
    }

    private async Task<ReloadReport> ApplyAsync(ReloadPlan plan)
    {
        Tell(plan.Changes);
        Task[] removals = [.. plan.Removed.Select(pools.Find).OfType<WorkerPool>().Select(RemoveAsync)];
        PoolOutcome[] outcomes = await Task.WhenAll(plan.Pools.Select(ApplyAsync)).ConfigureAwait(false);
        await Task.WhenAll(removals).ConfigureAwait(false);
        _settings = plan.Next.Keep(outcomes.Where(static pool => !pool.IsInForce).Select(static pool => pool.Name), _settings);
        return new ReloadReport
        {
            Changes = plan.Changes,
            Added = [.. plan.Pools.Where(static pool => pool.IsNew).Select(static pool => pool.Name)],
            Removed = plan.Removed,
            Kept = outcomes.Where(static pool => pool.Failure is not null)
                .ToDictionary(static pool => pool.Name, static pool => pool.Failure!, StringComparer.OrdinalIgnoreCase),
        };
    }

    private async Task<PoolOutcome> ApplyAsync(PoolReload reload)
    {
        if (reload.IsNew)
        {
            Add(reload);
            return new PoolOutcome(reload.Name);
        }
        if (pools.Find(reload.Name) is not { } pool)
        {
            return new PoolOutcome(reload.Name);
        }
        PoolSettings settings = factory.Adapt(reload.Options, pool.Settings.Options);
        try
        {
            Task<SnakepitException?> tried = pool.ReconfigureAsync(settings, reload.Blueprint);
            pool.TellReconfigured(reload.Changes);
            SnakepitException? failure = await tried.ConfigureAwait(false);
            if (failure is not null)
            {
                pool.TellNotReconfigured(failure);
            }
            return new PoolOutcome(reload.Name, failure, IsInForce: pool.Settings == settings);
        }
        catch (Exception e) when (e is ObjectDisposedException or SnakepitException)
        {
            return new PoolOutcome(reload.Name); // the pool has stopped
        }
    }

    private void Add(PoolReload reload)
    {
        ResilientCalls calls = factory.Create(reload.Name, reload.Options);
        if (pools.TryAdd(calls))
        {
            logger.PoolAdded(reload.Name);
            start.Launch(calls.Pool, reload.Blueprint!);
        }
    }

    private Task RemoveAsync(WorkerPool pool)
    {
        logger.PoolRemoved(pool.Name);
        return pools.RemoveAsync(pool);
    }

    private void Tell(IReadOnlyList<OptionChange> changes)
    {
        foreach (OptionChange change in changes)
        {
            string effect = change.Effect switch
            {
                ReloadEffect.AtOnce => "at once",
                ReloadEffect.Replacement => "with the next workers, which replace the present ones",
                _ => "when the host starts again",
            };
            logger.SettingChanged(
                change.Pool is { } pool ? $"Pool {pool}" : "Snakepit", change.Option, change.OldValue, change.NewValue, effect);
        }
    }

    /// <param name="Name">The pool's name.</param>
    /// <param name="Failure">Why no worker started with the settings.</param>
    /// <param name="IsInForce">Whether they are in force all the same, or the pool has returned to those before.</param>
    private sealed record PoolOutcome(string Name, SnakepitException? Failure = null, bool IsInForce = true);
}
