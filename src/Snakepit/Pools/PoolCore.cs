using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// The centre of a pool: its kernel, and the lock around everything that must agree with the kernel. Only this class takes the lock. Every
/// change is a step: kernel and outboxes under the lock, everything else after it.
/// </summary>
internal sealed class PoolCore : IDisposable
{
    private const double MostMilliseconds = 24 * 3_600_000;
    private readonly Lock _gate = new();
    private readonly PoolClock _clock;
    private readonly ITimer _timer;
    private PoolEffects _effects = null!;
    private DefectRecovery _recovery = null!;
    private long _armedAt = long.MaxValue;

    public PoolCore(PoolClock clock, LiveKernel kernel, TimeProvider timers)
    {
        _clock = clock;
        Live = kernel;
        _timer = timers.CreateTimer(static core => ((PoolCore)core!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Raised after every step, outside the lock, for tests that wait for a state.</summary>
    public event Action? Stepped;

    /// <summary>The kernel and its trace. Used under the lock.</summary>
    public LiveKernel Live { get; }

    /// <summary>The kernel. To be read under the lock.</summary>
    public PoolKernel Kernel => Live.Kernel;

    /// <summary>Completes the core, before the first step.</summary>
    public void Connect(PoolEffects effects, DefectRecovery recovery) => (_effects, _recovery) = (effects, recovery);

    /// <summary>Makes a step of the kernel at the current time.</summary>
    public void Step(in KernelStep step) => Step((core: this, step), static (in order, batch) =>
        order.core.Apply_NeedsLock(order.step with { Now = order.core._clock.Now }, batch));

    /// <summary>Sends the kernel a signal of a worker.</summary>
    public void Signal(in WorkerSignal signal) => Step(KernelStep.Of(0, signal));

    /// <summary>Sends the kernel a command.</summary>
    public void Command(in PoolCommand command) => Step(new KernelStep(StepKind.Command, 0) { Command = command });

    /// <summary>
    /// The barrier around every step (H8). What <paramref name="body"/> does under the lock, and the effects of the kernel, either succeed
    /// or cost this pool its kernel, its workers and its calls. The method never throws, so that the threads that make steps continue for
    /// the other pools.
    /// </summary>
    /// <param name="state">The data of the body, so that it needs no closure.</param>
    /// <param name="body">Applies kernel steps.</param>
    /// <param name="byCaller">True on the thread of a caller that only waits for the reply.</param>
    /// <returns>The body's answer; the default when it failed.</returns>
    public TAnswer? Step<TState, TAnswer>(in TState state, StepBody<TState, TAnswer> body, bool byCaller = false)
        where TState : allows ref struct
    {
        StepBatch batch = StepBatch.Rent();
        TAnswer? answer = default;
        lock (_gate)
        {
            try
            {
                answer = body(state, batch);
                AfterStep_NeedsLock(batch);
            }
            catch (Exception error)
            {
                _recovery.StartAgain_NeedsLock(error, batch);
            }
        }
        Perform(batch, byCaller);
        return answer;
    }

    /// <summary>Reads or changes what the lock guards besides the kernel.</summary>
    public TAnswer Locked<TState, TAnswer>(TState state, Func<TState, TAnswer> body)
    {
        lock (_gate)
        {
            return body(state);
        }
    }

    /// <inheritdoc cref="Locked{TState, TAnswer}"/>
    public void Locked<TState>(TState state, Action<TState> body)
    {
        lock (_gate)
        {
            body(state);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">There is no such slot.</exception>
    public void CheckSlot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Locked(this, static core => core.Kernel.SlotCount));
    }

    public StepAnswer Apply_NeedsLock(in KernelStep step, StepBatch batch) => Live.Apply(step, batch.Effects);

    public void Command_NeedsLock(in PoolCommand command, StepBatch batch) =>
        Apply_NeedsLock(new KernelStep(StepKind.Command, _clock.Now) { Command = command }, batch);

    /// <summary>
    /// Resolves the step's keys to objects while they are valid, passes commands to outboxes in order, and sets the timer.
    /// </summary>
    public void AfterStep_NeedsLock(StepBatch batch)
    {
        long wake = Math.Min(Math.Min(Kernel.NextWake, _recovery.OrphansUntil), _effects.Take_NeedsLock(batch));
        if (wake < _armedAt)
        {
            _armedAt = wake;
            double milliseconds = Math.Clamp(_clock.ToMilliseconds(wake - _clock.Now), 0, MostMilliseconds);
            _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>An effect has failed that the kernel counts as performed, so its state is wrong.</summary>
    public void OnEffectFailed(Exception error)
    {
        if (_recovery.IsExceeded)
        {
            _recovery.Tell(new Defect(error, null, 0, 0, IsFinal: true));
            return;
        }
        Step(error, static (in error, _) =>
        {
            ExceptionDispatchInfo.Throw(error);
            return 0;
        });
    }

    /// <summary>Stops the timer of a pool that has stopped.</summary>
    public void Dispose() => _timer.Dispose();

    private void OnTimer() => Step(this, static (in core, batch) =>
    {
        core._armedAt = long.MaxValue;
        long now = core._clock.Now;
        core.Apply_NeedsLock(new KernelStep(StepKind.Tick, now), batch);
        core._recovery.GiveUpOrphans_NeedsLock(now, batch);
        return 0;
    });

    private void Perform(StepBatch batch, bool byCaller)
    {
        int ended = 0;
        long now = 0;
        try
        {
            batch.Flush(byCaller);
            if (batch.Defect is { } defect)
            {
                _recovery.Tell(defect);
            }
            PoolEffects.Kill(batch); // first, so that reporting keeps no worker alive beyond its limit
            if (batch.HasReports)
            {
                _effects.TellReports();
            }
            now = batch.Ended.Count > 0 ? _clock.Now : 0;
            while (ended < batch.Ended.Count)
            {
                batch.End(ended++, now);
            }
            _effects.Act(batch);
        }
        catch (Exception error)
        {
            while (ended < batch.Ended.Count)
            {
                batch.End(ended++, now != 0 ? now : _clock.Now);
            }
            OnEffectFailed(error);
        }
        foreach (ReplyBody reply in CollectionsMarshal.AsSpan(batch.Unwanted))
        {
            reply.Return();
        }
        batch.Return();
        Stepped?.Invoke();
    }
}
