namespace Snakepit.Pools.Kernel;

/// <summary>
/// Decides how many workers a pool is to have between MinSize and MaxSize. It measures the offered load, which is the mean number of calls
/// that would run if each began at once, and the delay of the call that has waited for longest. The pool grows at once when calls wait too
/// long, or when its workers have hardly any time left. It shrinks when it has needed fewer workers for a whole patience. A pool that has
/// to grow again soon after has shrunk too early: it waits longer the next time.
/// </summary>
internal sealed class Scaler(PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Sizing sizing)
{
    private const double Full = 0.9; // of the workers' time, from which on the pool grows without waiting calls
    private const double Roomy = 0.7; // of the workers' time, which the remaining workers may have to spend
    private const int Looks = 8; // per patience
    private const int TooEarly = 10; // patiences after which growth does not count against the last shrink
    private const int MostPatience = 60; // times the configured one
    private LoadMeter _load;
    private long _lookAt = long.MaxValue; // the next regular look; long.MaxValue while the pool has its least size and no load
    private long _overdueAt = long.MaxValue; // when the call that waits will have waited too long
    private long _grownUntil; // when workers that were added last should be there
    private int _most; // the workers needed at most since...
    private long _lowSince; // ...this time
    private long _shrunkAt;
    private bool _wasEarly = true; // whether the last shrink has been judged

    /// <summary>Whether the pool's size follows its load.</summary>
    public bool IsOn => plan.IsScaling;

    /// <summary>The time for which fewer workers must be enough before the pool shrinks.</summary>
    public long Patience { get; private set; } = plan.ScalePatience;

    /// <summary>The time of the next decision; it may be too early.</summary>
    public long Due => status.IsClosing ? long.MaxValue : Math.Min(_lookAt, _overdueAt);

    private long Interval => Math.Max(1, plan.ScalePatience / Looks);

    /// <summary>
    /// A step ends; until now, the load was as at the end of the last one. Waiting calls and a first load call for a decision in time.
    /// </summary>
    public void NoteLoad(long now)
    {
        _load.Advance(now);
        _load.Set(now, intake.Running, intake.Waiting, intake.Accepted);
        long overdueAt = intake.Queue.First < 0 ? long.MaxValue
            : PoolKernel.SafeAdd(Math.Max(Arrival, _grownUntil - plan.ScaleDelay), plan.ScaleDelay);
        if (overdueAt < _overdueAt || (overdueAt == long.MaxValue && _overdueAt != overdueAt))
        {
            _overdueAt = overdueAt;
            agenda.Wake = true;
        }
        if (_lookAt == long.MaxValue && (intake.Running > 0 || roster.Target != plan.MinSize))
        {
            BeginToLook(now);
        }
    }

    /// <summary>What was measured and learned under other bounds or times does not count.</summary>
    public void Adopt(PoolPlan before)
    {
        if ((plan.MinSize, plan.MaxSize, plan.ScaleDelay, plan.ScalePatience)
            == (before.MinSize, before.MaxSize, before.ScaleDelay, before.ScalePatience))
        {
            return;
        }
        _load = default;
        (_lookAt, _overdueAt, _grownUntil) = (long.MaxValue, long.MaxValue, 0);
        (_shrunkAt, _wasEarly) = (0, true);
        Patience = plan.ScalePatience;
    }

    public void Tick(long now, EffectList fx)
    {
        _load.Advance(now);
        if (now >= _overdueAt)
        {
            _overdueAt = long.MaxValue; // the end of the step sets it again
            GrowIfDelayed(now, fx);
        }
        if (now >= _lookAt)
        {
            Look(now, fx);
        }
    }

    public void Exchange(KernelImage image)
    {
        _load.Exchange(image);
        _lookAt = image.Of(_lookAt);
        _overdueAt = image.Of(_overdueAt);
        _grownUntil = image.Of(_grownUntil);
        _most = image.Of(_most);
        _lowSince = image.Of(_lowSince);
        _shrunkAt = image.Of(_shrunkAt);
        _wasEarly = image.Of(_wasEarly);
        Patience = image.Of(Patience);
    }

    private long Arrival => intake.Calls[intake.Queue.First].Queue.Arrived;

    private void BeginToLook(long now)
    {
        _lookAt = PoolKernel.SafeAdd(now, Interval);
        (_most, _lowSince) = (0, now);
        _load.Begin(now);
        agenda.Wake = true;
    }

    /// <summary>A call waits for too long: the pool grows to what the load needs and what waits needs in the time of a start.</summary>
    private void GrowIfDelayed(long now, EffectList fx)
    {
        if (intake.Queue.First < 0 || now - Arrival < plan.ScaleDelay || now < _grownUntil)
        {
            return;
        }
        int needed = _load.WorkersForDelay(plan.Capacity, Full, Math.Max(1, now - Arrival), status.LearnedStart);
        Grow(now, Math.Max(roster.Target + 1, needed), SizeReason.QueueDelay, fx);
    }

    private void Look(long now, EffectList fx)
    {
        int used = _load.WorkersFor(plan.Capacity, Roomy);
        bool isFull = _load.IsFull(roster.Target * plan.Capacity * Full);
        _load.Begin(now);
        _most = now - _lowSince > Interval ? Math.Max(_most, used) : 0; // the first look saw a part of the time before
        Forgive(now);
        if (isFull && now >= _grownUntil)
        {
            Grow(now, roster.Target + 1, SizeReason.Busy, fx);
        }
        else if (used >= roster.Target)
        {
            (_most, _lowSince) = (0, now);
        }
        else if (now - _lowSince >= Patience && intake.Queue.First < 0)
        {
            Shrink(now, fx);
        }
        bool mayRest = roster.Target <= plan.MinSize && intake.Running == 0 && intake.Queue.First < 0;
        _lookAt = mayRest ? long.MaxValue : PoolKernel.SafeAdd(now, Interval);
        agenda.Wake = true;
    }

    private void Grow(long now, int size, SizeReason reason, EffectList fx)
    {
        int before = roster.Target;
        int most = (int)Math.Min(plan.MaxSize, Math.Max(before, (long)status.Allowance.Workers - plan.Spares));
        size = status.IsMemoryShort ? before : Math.Min(size, most);
        (_most, _lowSince) = (0, now);
        _grownUntil = PoolKernel.SafeAdd(now, Math.Max(plan.ScaleDelay, status.LearnedStart));
        if (size <= before)
        {
            return;
        }
        if (!_wasEarly && now - _shrunkAt < TooEarly * plan.ScalePatience)
        {
            long low = now - _shrunkAt + Patience; // at least as long as fewer workers were enough
            Patience = Math.Min(MostPatience * plan.ScalePatience, Math.Max(2 * Patience, low + (low / 2)));
        }
        _wasEarly = true;
        sizing.Resize(now, size, fx);
        fx.Add(Effect.PoolScaled(before, size, reason));
    }

    private void Shrink(long now, EffectList fx)
    {
        int before = roster.Target;
        sizing.Shrink(now, Math.Max(plan.MinSize, _most), fx);
        if (roster.Target < before)
        {
            (_most, _lowSince) = (0, now);
            (_shrunkAt, _wasEarly) = (now, false);
            fx.Add(Effect.PoolScaled(before, roster.Target, SizeReason.Idle));
        }
    }

    /// <summary>A shrink that has stood the test gives back some of the patience.</summary>
    private void Forgive(long now)
    {
        if (!_wasEarly && now - _shrunkAt >= TooEarly * plan.ScalePatience)
        {
            _wasEarly = true;
            Patience = Math.Max(plan.ScalePatience, Patience / 2);
        }
    }
}
