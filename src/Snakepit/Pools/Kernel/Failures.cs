namespace Snakepit.Pools.Kernel;

/// <summary>The latest failures of workers, in the pool and in each slot, and the starts and replacements that they delay.</summary>
internal sealed class Failures(PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, ulong seed)
{
    private const int UnprovenStarts = 4; // at once; with the pauses after as many failures, six starts a minute
    private const long NoDoubt = long.MaxValue;
    private readonly RestartLedger _ledger = new(plan);
    private ulong _random = seed;
    private long _doubtedAt; // no worker that was launched since then has become ready
    private bool _toldOfOverdue;

    public RestartLedger Ledger => _ledger;

    /// <summary>The pause before the second consecutive start.</summary>
    public long FirstPause { get; } = plan.InitialBackoff + (long)(plan.InitialBackoff * plan.Jitter);

    /// <summary>
    /// The most starts at once. A pool that has worked spends four starts on finding out whether failures are chance: those that have
    /// failed, and those in progress.
    /// </summary>
    public int MostUnprovenStarts =>
        _ledger.IsTrying ? status.EverReady ? Math.Max(1, UnprovenStarts - _ledger.UselessStarts) : 1
        : _doubtedAt == NoDoubt ? int.MaxValue
        : UnprovenStarts;

    public bool MayStart(long now, SlotNode slot) => now >= NextStartOf(slot);

    public long NextStartOf(SlotNode slot) => _ledger.NextStartIn(slot.Restarts);

    /// <summary>Returns whether the replacement would come too soon after others for the same reason.</summary>
    public bool IsHeldBack(long now, SlotNode slot) => slot.ReplaceReason.Is(ReasonTrait.Brakes) && now < NextReplacementOf(slot);

    public long NextReplacementOf(SlotNode slot) => _ledger.NextReplacementIn(slot.Restarts, slot.ReplaceReason);

    /// <returns>The pool's row.</returns>
    public RestartRow Fail(long now, in RestartFailure failure, SlotNode? slot)
    {
        double chance = NextRandom(1_000) / 1_000.0;
        if (_ledger.Fail(failure, now, chance, slot?.Restarts, out RestartRow row))
        {
            slot?.Restarts.Fail(failure, now, chance, slot: null, out _);
            slot?.Changed();
        }
        return row;
    }

    public void Clear()
    {
        _ledger.Clear();
        foreach (SlotNode slot in roster.Each(SlotFact.Troubled))
        {
            slot.Restarts.Clear();
            slot.Changed();
        }
    }

    /// <summary>Records that a worker is ready.</summary>
    public void NoteReady(WorkerNode worker)
    {
        Succeed(RestartProof.Ready, worker);
        _doubtedAt = worker.Times.LaunchedAt >= _doubtedAt ? NoDoubt : _doubtedAt;
    }

    /// <summary>
    /// Records the loss of a worker that was ready. After a kill from outside, the restart is immediate: the worker was ready, so the next
    /// one will be. Any other loss may recur in the next workers. If the worker had not answered a call, the restart has a pause, so that
    /// there is no restart loop at full speed; but the first loss that may be a call's fault is repaired at once.
    /// </summary>
    public void NoteLoss(long now, WorkerNode worker, Reason reason, EndNote note = default)
    {
        if (note.IsForeign)
        {
            return;
        }
        _doubtedAt = now;
        if (!worker.History.HasAnswered && now - worker.Times.LaunchedAt < plan.MaxBackoff)
        {
            var failure = new RestartFailure(new RestartCause(reason, note.Cause), worker.Times.LaunchedAt, IsExcused: worker.Requests > 0);
            Fail(now, failure, worker.Slot);
        }
    }

    /// <summary>Records that a worker has answered. Its use ends the last rows of failures that it disproves.</summary>
    public void NoteUse(WorkerNode worker, bool failed, bool isCheck)
    {
        bool answers = !worker.History.HasAnswered && Succeed(RestartProof.Answer, worker);
        bool succeeds = !failed && !isCheck && Succeed(RestartProof.Success, worker);
        worker.History.HasAnswered = true;
        worker.History.HasSucceeded = !failed && !isCheck;
        agenda.Staff |= answers || succeeds;
    }

    public void NotePassedCheck(WorkerNode worker)
    {
        worker.History.HasPassed = true;
        agenda.Staff |= Succeed(RestartProof.Check, worker);
    }

    /// <summary>
    /// A replacement with the same reason again, and without a successful call or check in between, does not help. The serving worker may
    /// continue while the next one waits.
    /// </summary>
    public void BrakeIfUseless(long now, WorkerNode worker, Reason reason, EffectList fx)
    {
        if (!reason.Is(ReasonTrait.Brakes)
            || (ReasonTraits.Of(reason).Proof == RestartProof.Check ? worker.History.HasPassed : worker.History.HasSucceeded))
        {
            return;
        }
        var failure = new RestartFailure(new RestartCause(reason), worker.Times.LaunchedAt, Successor: worker.Exit.ReplacedBy);
        RestartRow row = Fail(now, failure, worker.Slot);
        if (row.Failures == RestartLedger.Telling)
        {
            fx.Add(Effect.ReplacementsBraked(worker.Key, reason, row.Failures));
        }
    }

    /// <summary>
    /// Reports an overdue replacement once, until no worker serves only because its replacement cannot start. Failures of changed code and
    /// of requests have their own reports.
    /// </summary>
    public void ReportOverdue(EffectList fx)
    {
        SlotNode? overdue = roster.Next(SlotFact.Overdue);
        if (overdue is not null && !_toldOfOverdue)
        {
            fx.Add(Effect.ReplacementOverdue(overdue.Current!.Key, overdue.ReplaceReason));
        }
        _toldOfOverdue = overdue is not null;
    }

    public void Exchange(KernelImage image)
    {
        _ledger.Exchange(image);
        _random = image.Of(_random);
        _doubtedAt = image.Of(_doubtedAt);
        _toldOfOverdue = image.Of(_toldOfOverdue);
    }

    private bool Succeed(RestartProof proof, WorkerNode worker)
    {
        bool ends = worker.Slot.Restarts.Succeed(proof, worker.Key, worker.Times.LaunchedAt);
        if (ends)
        {
            worker.Slot.Changed();
        }
        return _ledger.Succeed(proof, worker.Key, worker.Times.LaunchedAt) || ends;
    }

    private int NextRandom(int below)
    {
        // SplitMix64 is small, and the same on every machine, so that a trace can be replayed.
        _random += 0x9E3779B97F4A7C15;
        ulong z = _random;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)below);
    }
}
