namespace Snakepit.Pools.Kernel;

/// <summary>Starts workers: decides which slot is next and when the next start may begin, and handles the results of starts.</summary>
internal sealed class Starter(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Intake intake, Failures failures, Replacements replacements,
    Recycler recycler, Retirements retirements, Changes changes, Health health)
{
    private const int BeyondChance = 5; // failures of one cause without a ready worker in between
    private bool _mayStart; // nothing is missing that every worker needs

    /// <summary>What the pool needed at the end of the last step in which that may have changed.</summary>
    public PoolNeeds Needs { get; private set; }

    /// <summary>The time of the next check for what every worker needs.</summary>
    public long NextStart => failures.Ledger.NextStart;

    /// <summary>Begins the first starts, because nothing is missing that every worker needs.</summary>
    public void Start()
    {
        _mayStart = true;
        failures.Clear(); // nothing is missing any more
        agenda.Staff = true;
    }

    /// <summary>Something is missing that every worker needs, so no worker can be launched.</summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        if (status.IsClosing)
        {
            return;
        }
        failures.Fail(now, new RestartFailure(new RestartCause(Reason.BootFailed, note.Cause), now), null);
        Fail(fx);
        agenda.Staff = true;
    }

    public void Begin(long now, WorkerNode worker)
    {
        worker.Times.BegunAt = now;
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.BootTimeout);
    }

    public static void NoteLaunched(WorkerNode worker, EffectList fx)
    {
        worker.History.HasProcess = true;
        if (worker.Phase == WorkerPhase.Launching)
        {
            worker.MoveTo(WorkerPhase.Booting);
        }
        if (worker.Exit.Killed)
        {
            // The first kill order came before the process existed.
            Reason reason = worker.Exit.Reason == Reason.None ? Reason.BootTimeout : worker.Exit.Reason;
            fx.Add(Effect.Kill(worker.Key, reason));
        }
    }

    public void NoteReady(long now, WorkerNode worker, in WorkerSignal signal, EffectList fx)
    {
        NoteLaunched(worker, fx); // the launch may not have been reported yet
        worker.Features.CanRecall = signal.CanRecall;
        worker.Features.CanCheck = signal.CanCheck;
        worker.Features.CanMove = signal.CanMove;
        worker.Features.Device = signal.Device;
        worker.MoveTo(WorkerPhase.Ready);
        worker.Due.Phase = long.MaxValue;
        long took = now - worker.Times.BegunAt;
        status.LearnStart(took);
        failures.NoteReady(worker);
        status.IsFailing = false;
        status.EverReady = true;
        roster.ProgressAt = now;
        fx.Add(Effect.WorkerReady(worker.Key, took));
        changes.NoteReady(now, worker, fx);
        health.StartPinging(now, worker);
        recycler.NoteReady(now, worker, fx);
        agenda.Staff = true;
    }

    /// <summary>A start has failed. The slot tries again after a pause, and after others that want to start.</summary>
    public void NoteFailed(long now, WorkerNode worker, Reason reason, EndNote note, EffectList fx)
    {
        SlotNode slot = worker.Slot;
        worker.Exit.StartFailed = true;
        retirements.TakeOutOfService(worker, reason);
        if (worker.Phase != WorkerPhase.Stopping)
        {
            worker.MoveTo(WorkerPhase.Stopping);
        }
        worker.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        RestartCause cause = reason is Reason.BootFailed or Reason.BootTimeout ? new(reason, note.Cause)
            : new(Reason.BootFailed, (int)reason);
        bool wasReady = status.EverReady;
        var failure = new RestartFailure(cause, worker.Times.LaunchedAt, note.IsForeign, note.IsForeign, note.IsForeign && wasReady);
        RestartRow row = failures.Fail(now, failure, slot);
        long pause = Math.Max(0, failures.NextStartOf(slot) - now);
        fx.Add(Effect.StartFailed(worker.Key, reason, pause));
        replacements.TakeTurn(slot);
        if (slot.Refills != 0)
        {
            fx.Add(Effect.SlotNotRefilled(worker.Key, reason, new WorkerKey(slot.Index, slot.Refills)));
            slot.Refills = 0; // the slot is vacant, as after a crash
        }
        slot.FailedReplacements += slot is { Current: not null, ReplaceReason: not Reason.None } ? 1 : 0;
        replacements.KeepOldAfter(now, slot, reason, fx);
        if (slot is { ReplaceReason: Reason.MemoryThreshold, Next: null, Current.Limits.MemoryIsBack: true })
        {
            replacements.Cancel(now, slot); // the memory is back meanwhile, so the replacement is no longer needed
        }
        changes.NoteFailure(now, worker, fx);
        bool mayBeChance = (note.IsForeign, wasReady) switch
        {
            (true, true) => true,
            (false, false) => false,
            (true, false) => row.Failures == 1,
            (false, true) => row.Failures < BeyondChance,
        };
        bool isAlone = !roster.Any(SlotFact.Present) && !roster.Any(SlotFact.Starting) && !roster.Any(SlotFact.Waiting);
        if (status.IsFailing || (!mayBeChance && isAlone))
        {
            Fail(fx);
        }
        agenda.Staff = true;
    }

    /// <summary>
    /// Ends a start that hangs. It fails when its process has ended, which tells where it hung, or when the process does not end in time.
    /// </summary>
    public void EndHungStart(long now, WorkerNode next, EffectList fx)
    {
        if (next.Exit.Killed)
        {
            NoteFailed(now, next, Reason.BootTimeout, default, fx);
            next.Due.Phase = now; // it cannot be killed
        }
        else
        {
            next.Exit.Killed = true;
            fx.Add(Effect.Kill(next.Key, Reason.BootTimeout));
            next.Due.Phase = PoolKernel.SafeAdd(now, plan.KillTimeout);
        }
    }

    /// <summary>Starts what is missing: vacant slots first, then replacements within their budget.</summary>
    public void Settle(long now, EffectList fx)
    {
        while (_mayStart && MayStartOneMore(now) && NextSlot(now) is { } slot)
        {
            if (!status.StopsFirst || slot.Current is null)
            {
                // The boot timeout begins with the start itself, which may wait long for its turn among all pools.
                slot.Next = new WorkerNode(slot, new WorkerKey(slot.Index, ++slot.Generation), now) { Features = { Make = status.Make } };
                fx.Add(Effect.Launch(slot.Next.Key, status.Make.Blueprint));
            }
            else if (slot.ReplaceReason.Is(ReasonTrait.IsTriedFirst) && recycler.FindOldSpare() is { } spare)
            {
                retirements.EndUnused(now, spare.Next!, slot.ReplaceReason, fx); // the change is tried in its slot
            }
            else if (replacements.IsSpareComing)
            {
                break; // it will take over
            }
            else
            {
                recycler.StopFirst(now, slot, fx);
            }
        }
        int asked = plan.SharesReplacements ? replacements.CountAsked(now) : 0;
        Needs = new PoolNeeds(roster.WantedServing + plan.Spares, replacements.InProgress, asked);
    }

    /// <summary>
    /// The time at which a start or replacement may begin that a pause or a hung start delays, or at which a row of failures ends;
    /// long.MaxValue when nothing is delayed.
    /// </summary>
    public long NextChance { get; private set; } = long.MaxValue;

    /// <summary>Computes <see cref="NextChance"/>.</summary>
    public void LookAhead(long now)
    {
        long end = failures.Ledger.NextEnd;
        NextChance = Math.Min(FindNextChance(now), end == long.MaxValue ? end : end + 1);
    }

    public void Exchange(KernelImage image)
    {
        _mayStart = image.Of(_mayStart);
        NextChance = image.Of(NextChance);
        Needs = new PoolNeeds(image.Of(Needs.Workers), image.Of(Needs.Replacing), image.Of(Needs.Asked));
    }

    private long FindNextChance(long now)
    {
        long next = long.MaxValue;
        void Consider(long time) => next = time > now ? Math.Min(next, time) : next;
        if (!_mayStart)
        {
            return next;
        }
        bool isPaused = failures.Ledger.Rows.Count > 0; // otherwise only slots wait that have failed themselves
        if (IsShort && HasRoom)
        {
            foreach (SlotNode slot in roster.Each(isPaused ? SlotFact.Free : SlotFact.Troubled))
            {
                Consider(slot.IsFree ? failures.NextStartOf(slot) : now);
            }
        }
        foreach (SlotNode slot in roster.Each(isPaused ? SlotFact.Wanted : SlotFact.Troubled))
        {
            Consider(slot is { ReplaceReason: not Reason.None, Current: not null, Next: null } ? replacements.EndOfPause(now, slot) : now);
        }
        if (roster.Count(SlotFact.Starting) >= failures.MostUnprovenStarts)
        {
            foreach (SlotNode slot in roster.Each(SlotFact.Starting))
            {
                Consider(HangsAt(slot.Next!));
            }
        }
        return next;
    }

    private bool IsShort => roster.Count(SlotFact.Free) > roster.Slots.Length - roster.WantedServing - plan.Spares;

    /// <summary>Whether there is memory for one more worker, as far as the pool has been told.</summary>
    private bool HasRoom => roster.CountTaken < status.Allowance.Workers;

    private void Fail(EffectList fx)
    {
        status.IsFailing = true;
        intake.RejectQueue(Outcome.PoolFailing, fx);
    }

    /// <summary>Returns whether another start may begin. Starts that hang do not count.</summary>
    private bool MayStartOneMore(long now)
    {
        int starting = roster.Count(SlotFact.Starting);
        int most = failures.MostUnprovenStarts;
        return starting < plan.MaxConcurrentStarts && (starting < most || starting - CountHanging(now) < most);
    }

    private int CountHanging(long now)
    {
        int hanging = 0;
        foreach (SlotNode slot in roster.Each(SlotFact.Starting))
        {
            hanging += now >= HangsAt(slot.Next!) ? 1 : 0;
        }
        return hanging;
    }

    /// <summary>
    /// Returns the time from which a start counts as hung, because it takes far longer than others. long.MaxValue when no other has
    /// succeeded, or when it has not begun.
    /// </summary>
    private long HangsAt(WorkerNode starting) =>
        !status.EverReady || starting.Due.Phase == long.MaxValue ? long.MaxValue
            : PoolKernel.SafeAdd(starting.Times.BegunAt, plan.Frequency + (4 * status.LearnedStart));

    /// <summary>
    /// Returns the slot that starts next. A slot that pauses delays no other. Vacant slots come first, but one that has failed takes turns
    /// with the replacements that are due.
    /// </summary>
    private SlotNode? NextSlot(long now)
    {
        SlotNode? vacancy = IsShort && HasRoom ? NextVacancy(now) : null;
        if (vacancy is not null && (vacancy.Restarts.LastAt == long.MinValue || (status.StopsFirst && replacements.IsSpareComing)))
        {
            return vacancy;
        }
        SlotNode? due = replacements.Next(now, starts: true);
        return vacancy is null || (due is { RetireDue: true } && due.ReplaceTicket < vacancy.ReplaceTicket) ? due : vacancy;
    }

    /// <summary>
    /// Returns the vacant slot that starts next: slots whose workers were stopped first, then those whose last failure is longest ago. A
    /// tainted slot is used only when no other is free.
    /// </summary>
    private SlotNode? NextVacancy(long now)
    {
        bool hasRefills = roster.Any(SlotFact.Refilling);
        bool hasSound = roster.Any(SlotFact.FreeAndSound);
        SlotNode? best = null;
        foreach (SlotNode slot in roster.Each(SlotFact.Free))
        {
            bool isOfUse = slot.Refills != 0 || !slot.IsTainted || !hasSound;
            if (isOfUse && failures.MayStart(now, slot) && (best is null || RankOf(slot).CompareTo(RankOf(best)) < 0))
            {
                best = slot;
                if (RankOf(best) == (!hasRefills, long.MinValue))
                {
                    break; // it is the first in order
                }
            }
        }
        return best;
        static (bool, long) RankOf(SlotNode slot) => (slot.Refills == 0, slot.Restarts.LastAt);
    }
}
