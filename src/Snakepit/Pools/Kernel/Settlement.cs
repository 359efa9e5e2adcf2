using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The end of every step: handles what the step has made due, always in the same order, and computes when the kernel wants its next wake.
/// </summary>
internal sealed class Settlement(
    PoolStatus status, Agenda agenda, Roster roster, Intake intake, SessionMoves moves, Dispatcher dispatcher, Failures failures,
    Planner planner, Sizing sizing, Recycler recycler, Starter starter, Closing closing, Scaler scaler)
{
    public PoolState State { get; private set; } = PoolState.Starting;

    /// <summary>The time at which something of a worker is due. It may be too early, never too late.</summary>
    public long WorkersDue { get; private set; } = long.MaxValue;

    /// <inheritdoc cref="Scaler.Patience"/>
    public long Patience => scaler.Patience;

    private bool IsDispatchDue => agenda.Dispatch || agenda.Lanes.Count > 0 || agenda.Sessions;

    /// <summary>
    /// New workers take over, waiting calls get workers, and resting workers wake for calls that still wait; this repeats while it brings
    /// in new workers. Then missing workers are started, and the state is reported.
    /// </summary>
    public void Settle(long now, EffectList fx)
    {
        if (!agenda.IsEmpty || scaler.IsOn)
        {
            SettleDue(now, fx);
        }
    }

    public void Exchange(KernelImage image)
    {
        State = image.Of(State);
        WorkersDue = image.Of(WorkersDue);
    }

    private void SettleDue(long now, EffectList fx)
    {
        bool mayDispatch = agenda.Dispatch && (intake.Waiting > 0 || roster.Resting > 0 || status.IsClosing);
        if (mayDispatch || agenda.Staff || agenda.Lanes.Count > 0 || agenda.Sessions || moves.Any)
        {
            SettleCalls(now, fx);
        }
        if (scaler.IsOn)
        {
            scaler.NoteLoad(now);
        }
        if (agenda.Wake)
        {
            WorkersDue = ComputeWorkersDue();
        }
        agenda.Clear();
    }

    private void SettleCalls(long now, EffectList fx)
    {
        if (agenda.Staff && !status.IsClosing)
        {
            recycler.Swap(now, fx);
        }
        do
        {
            Dispatch(now, fx);
            if (agenda.Staff)
            {
                SettleStaff(now, fx);
                agenda.Staff = false;
            }
        }
        while (IsDispatchDue); // workers that were stopped first have lanes, and were the first of their load
    }

    private void Dispatch(long now, EffectList fx)
    {
        do
        {
            if (agenda.Sessions)
            {
                intake.Sessions.Settle(fx);
            }
            dispatcher.Settle(now, fx);
            if (moves.Any)
            {
                moves.Settle(fx);
            }
            agenda.Staff |= status.IsClosing || (roster.Resting > 0 && intake.CountStartable() > 0);
            if (agenda.Staff)
            {
                SettleServing(now, fx);
            }
        }
        while (IsDispatchDue);
    }

    private void SettleServing(long now, EffectList fx)
    {
        failures.Ledger.Prune(now);
        if (!status.IsClosing)
        {
            sizing.Wake();
            recycler.Swap(now, fx);
        }
    }

    private void SettleStaff(long now, EffectList fx)
    {
        if (status.IsClosing)
        {
            closing.Settle(now, fx);
        }
        else
        {
            starter.Settle(now, fx);
            failures.ReportOverdue(fx);
            starter.LookAhead(now);
        }
        roster.CorrectEarliestWake();
        agenda.Wake = true;
        ReportState(fx);
        Debug.Assert(roster.IsConsistent(), "H3");
    }

    private long ComputeWorkersDue()
    {
        long due = Math.Min(Math.Min(roster.EarliestWake, closing.RejectQueueAt), intake.Sessions.NextDue);
        return status.IsClosing ? due : Math.Min(due, Math.Min(Math.Min(planner.PlanAt, starter.NextChance), scaler.Due));
    }

    private void ReportState(EffectList fx)
    {
        PoolState state = ComputeState();
        if (state != State)
        {
            fx.Add(Effect.StateChanged(State, state));
            State = state;
            if (state == PoolState.Stopped)
            {
                fx.Add(Effect.PoolStopped());
            }
        }
    }

    private PoolState ComputeState()
    {
        if (status.IsClosing)
        {
            return roster.Any(SlotFact.Occupied) ? PoolState.Stopping : PoolState.Stopped;
        }
        int serving = roster.Count(SlotFact.Serving);
        bool mayRest = roster.LeastReady == 0 && status is { EverReady: true, IsFailing: false } && !roster.Any(SlotFact.Current)
            && roster.Count(SlotFact.Tainted) < roster.Slots.Length; // tainted workers take no calls
        bool isEnough = serving > 0 ? serving >= roster.LeastReady : mayRest;
        return isEnough && !(failures.Ledger.IsBraking && serving > 0) ? PoolState.Ready
            : serving > 0 && status.EverReady ? PoolState.Degraded
            : status.IsFailing ? PoolState.Failing
            : status.EverReady ? PoolState.Degraded
            : PoolState.Starting;
    }
}
