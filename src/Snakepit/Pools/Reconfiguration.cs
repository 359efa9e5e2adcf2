using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// Puts other settings in force, and knows which settings are on trial: a worker must have started by them, or the pool returns to those
/// before.
/// </summary>
internal sealed class Reconfiguration(
    PoolContext pool, PoolCore core, WorkerDirectory workers, DeathBook deaths, Shutdown shutdown, Action adopted) : IKernelBound
{
    private Trial? _trial; // under the pool's lock
    private int _lastNumber;

    /// <summary>
    /// Puts settings in force. What needs no new workers takes effect at once. With a blueprint, the workers are replaced by it: one first,
    /// and the others once it is ready.
    /// </summary>
    /// <param name="settings">The settings.</param>
    /// <param name="blueprint">How new workers start; null when that stays the same.</param>
    /// <returns>Completes when a worker has started by the blueprint; with the reason if none could, so that the settings before are in
    /// force again, or if none of the pool's workers can start.</returns>
    /// <exception cref="ObjectDisposedException">The pool is stopping or has stopped.</exception>
    public Task<SnakepitException?> Apply(PoolSettings settings, WorkerBlueprint? blueprint)
    {
        shutdown.ThrowIfStopping();
        Task<SnakepitException?> tried = core.Step((self: this, settings, blueprint), static (in x, batch) =>
            x.self.Apply_NeedsLock(x.settings, x.blueprint, batch)) ?? Task.FromResult<SnakepitException?>(null); // a defect
        adopted();
        return tried;
    }

    /// <summary>A worker has started by the blueprint: workers by an earlier one are replaced, and their zygotes are not needed.</summary>
    public void OnProven(int blueprint)
    {
        WorkerSource[] unused = core.Locked((self: this, blueprint), static x => x.self.End_NeedsLock(x.blueprint, null));
        RetireZygotes(unused);
    }

    /// <summary>No worker starts by the blueprint: the settings before are in force again.</summary>
    public void OnRejected(int blueprint)
    {
        (Trial? failed, WorkerSource[]? unused) = core.Step(
            (self: this, blueprint), static (in x, batch) => x.self.Return_NeedsLock(x.blueprint, batch));
        if (failed is null)
        {
            return;
        }
        adopted();
        RetireZygotes(unused!);
        failed.Done.TrySetResult(deaths.AnyStartFailure);
    }

    /// <summary>No worker of the pool can start, so there is nothing to return to: the next start tries the same settings.</summary>
    public void OnStartFailed(SnakepitException failure)
    {
        (bool isFailing, Trial? trial) = core.Locked(
            (self: this, core), static x => (x.core.Kernel.State == PoolState.Failing, x.self._trial));
        if (isFailing)
        {
            trial?.Done.TrySetResult(failure);
        }
    }

    /// <summary>The pool has stopped.</summary>
    public void EndAll() => core.Locked(this, static self => self._trial)?.Done.TrySetResult(null);

    void IKernelBound.OnKernelReplaced_NeedsLock()
    {
        _trial?.Done.TrySetResult(null); // the new kernel knows the settings in force only
        _trial = null;
    }

    private static void RetireZygotes(WorkerSource[] unused) =>
        Array.ForEach(unused, static source => source.Starter.RetireZygote(source.Blueprint));

    private Task<SnakepitException?> Apply_NeedsLock(PoolSettings settings, WorkerBlueprint? blueprint, StepBatch batch)
    {
        Trial? trial = null;
        if (blueprint is not null && workers.Source is { } source)
        {
            trial = _trial = new Trial(_trial?.Before ?? pool.Settings, _trial?.Source ?? source, ++_lastNumber);
            workers.Use(source with { Number = _lastNumber, Blueprint = blueprint });
        }
        Adopt_NeedsLock(settings, batch);
        return trial?.Done.Task ?? Task.FromResult<SnakepitException?>(null);
    }

    private void Adopt_NeedsLock(PoolSettings settings, StepBatch batch)
    {
        pool.Settings = settings;
        PoolPlan plan = PoolPlan.FromOptions(settings.Options, pool.Clock.Time.TimestampFrequency) with
        {
            EarlierGenerations = core.Live.Plan.EarlierGenerations,
            Blueprint = workers.Source?.Number ?? 0,
            SharesMemory = core.Live.Plan.SharesMemory,
            SharesReplacements = core.Live.Plan.SharesReplacements,
        };
        core.Apply_NeedsLock(new KernelStep(StepKind.Reconfigure, pool.Clock.Now) { Plan = plan }, batch);
    }

    private WorkerSource[] End_NeedsLock(int blueprint, SnakepitException? failure)
    {
        if (_trial is not { } trial || trial.Number != blueprint)
        {
            return [];
        }
        _trial = null;
        trial.Done.TrySetResult(failure);
        return workers.RemoveOtherSources();
    }

    private (Trial? Failed, WorkerSource[] Unused) Return_NeedsLock(int blueprint, StepBatch batch)
    {
        if (_trial is not { } trial || trial.Number != blueprint)
        {
            return (null, []);
        }
        _trial = null;
        workers.Use(trial.Source);
        Adopt_NeedsLock(trial.Before, batch);
        return (trial, workers.RemoveOtherSources());
    }

    /// <param name="Before">The settings to return to.</param>
    /// <param name="Source">The source of workers to return to.</param>
    /// <param name="Number">The number of the blueprint on trial.</param>
    private sealed record Trial(PoolSettings Before, WorkerSource Source, int Number)
    {
        public TaskCompletionSource<SnakepitException?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
