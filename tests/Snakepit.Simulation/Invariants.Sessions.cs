using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L11: sessions. A strict one has one worker as long as it lives.</content>
internal sealed partial class Invariants
{
    private static void Sessions_a_strict_one_is_never_served_elsewhere(Observation step)
    {
        foreach (SessionSend send in step.Ledger.SessionSends)
        {
            if (send.Session.IsStrict && send.Home is { } home && send.Worker != home)
            {
                throw Broken($"{send.Call.Key} of session {send.Session.Number} was sent to {send.Worker.Key}, its state is in {home.Key}");
            }
            bool lostBefore = send.Session.IsLost
                && !step.Effects.Any(e => e.Kind == EffectKind.SessionLost && e.Session == send.Session.Number);
            if (lostBefore)
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key}, and its session {send.Session.Number} is lost");
            }
        }
    }

    /// <summary>A call of a session that may move goes to the session's worker if that is free all the time.</summary>
    private static void Sessions_a_hint_is_followed(Observation step)
    {
        foreach (SessionSend send in step.Ledger.SessionSends)
        {
            if (send is { Session.IsStrict: false, Before: { } own } && own != send.Worker
                && Observation.Find(step.Before, own.Key) is { Available: true }
                && Observation.Find(step.After, own.Key) is { Available: true }
                && !step.Ledger.Sends.Exists(other => other.Worker == own))
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key} while {own.Key}, which had its session, was free");
            }
        }
    }

    /// <summary>
    /// Between a call that waits for a worker and the call whose turn it is in the queue, the one that came first goes first.
    /// </summary>
    private void Sessions_no_lane_starves_the_queue(Observation step)
    {
        CallKey next = step.After.NextCall;
        if (plan.MaxConcurrent > 0 || next.IsNone || next != step.Before.NextCall || step.Input.Kind != StepKind.Replied)
        {
            return;
        }
        foreach (SendFact send in step.Ledger.Sends)
        {
            WorkerKey key = send.Worker.Key;
            bool waitedInLane = step.Before.Calls.Exists(call =>
                call.Key == send.Call.Key && call.Phase == CallPhase.Queued && call.Target == key);
            bool serves = Observation.Find(step.Before, key) is { Role: WorkerRole.Current, Phase: WorkerPhase.Serving }
                && Observation.Find(step.After, key)
                    is { Role: WorkerRole.Current, Phase: WorkerPhase.Serving, Exhausted: false, Expects: false };
            if (waitedInLane && serves && step.Ledger.Calls[next].Order < send.Call.Order
                && !step.Ledger.IsTainted(key)
                && step.Ledger.Workers[key] is { NeedsLook: false, LookSince: < 0 })
            {
                throw Broken($"{send.Call.Key} was sent to {key} before {next}, which came first and may have any worker");
            }
        }
    }

    private static void Sessions_a_drained_worker_has_none(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect.Kind == EffectKind.Stop && !step.After.Closing && FindHeld(step, effect.Worker) is { } held)
            {
                throw Broken($"{effect.Worker} was told to stop while session {held.Number} is bound to it");
            }
        }
    }

    private static void Sessions_a_loss_is_told(Observation step)
    {
        foreach (SimSession session in step.Ledger.Sessions.Values)
        {
            bool isHomeless = session is { IsStrict: true, IsLost: false, IsOver: false, IsEnding: false, Home: { } home }
                && Observation.Find(step.After, home.Key) is not { Phase: WorkerPhase.Serving or WorkerPhase.Draining };
            if (isHomeless && !step.After.Closing)
            {
                throw Broken($"session {session.Number} has lost {session.Home!.Key}, and nobody will be told");
            }
            bool isExpired = step.Effects.Any(e =>
                e.Kind == EffectKind.SessionOver && e.Session == session.Number && step.Input.Kind == StepKind.Tick);
            if (session is { IsLost: true, IsOver: true, IsTold: false, IsEnding: false } && !isExpired)
            {
                throw Broken($"session {session.Number} was lost and is forgotten, and nobody was told");
            }
        }
    }

    private static void Sessions_a_worker_is_told_of_every_end(Observation step)
    {
        foreach (SessionSend send in step.Ledger.SessionSends)
        {
            if (send.Before is { } old && old != send.Worker && Serves(step, old) && !HasEnd(step, old, send.Session))
            {
                throw Broken($"session {send.Session.Number} has left {old.Key} for {send.Worker.Key}, and {old.Key} was not told");
            }
        }
        foreach (SimSession session in step.Ledger.Sessions.Values)
        {
            if (session.Imported is { } move && session.Home?.Key == move.To
                && RunsBound(Observation.Find(step.After, move.From)) && !HasEnd(step, step.Ledger.Workers[move.From], session))
            {
                throw Broken($"session {session.Number} has moved to {move.To}, and {move.From} was not told");
            }
            if (session is { IsOver: true, IsLost: false, Worker: { } last } && Serves(step, last) && !HasEnd(step, last, session))
            {
                throw Broken($"session {session.Number} has ended, and {last.Key} was not told");
            }
        }
    }

    private void Sessions_one_that_is_not_used_ends_in_time(Observation step)
    {
        foreach (SimSession session in step.Ledger.Sessions.Values)
        {
            bool expires = step.Effects.Any(e =>
                e.Kind == EffectKind.SessionOver && e.Session == session.Number && e.Reason == Reason.Idle);
            if (expires && step.Now < session.UsedAt + plan.SessionTtl)
            {
                throw Broken($"session {session.Number} was used at {session.UsedAt} and has expired");
            }
            long end = session.IdleSince < 0 ? long.MaxValue : PoolKernel.SafeAdd(session.IdleSince, plan.SessionTtl);
            bool isLate = step.Input.Kind == StepKind.Tick && step.Now >= end;
            if (!session.IsOver && !step.After.Closing && (step.NextWake > end || isLate))
            {
                throw Broken($"session {session.Number} has no calls since {session.IdleSince} and has not expired");
            }
        }
    }

    private static void Sessions_are_those_that_have_begun(Observation step)
    {
        int known = step.Ledger.Sessions.Values.Count(static session => !session.IsOver);
        bool isLetGo = step.After is { Closing: true, Sessions: 0 };
        if (step.After.Sessions != known && !isLetGo)
        {
            throw Broken($"{step.After.Sessions} sessions are kept, {known} have begun and not ended");
        }
    }

    private static bool Serves(Observation step, WorkerRecord worker) =>
        Observation.Find(step.Before, worker.Key) is { Phase: WorkerPhase.Serving }
        && Observation.Find(step.After, worker.Key) is { Phase: WorkerPhase.Serving };

    private static bool HasEnd(Observation step, WorkerRecord worker, SimSession session) =>
        step.Effects.Any(e => e.Kind == EffectKind.EndSession && e.Worker == worker.Key && e.Session == session.Number);

    private static SimSession? FindHeld(Observation step, WorkerKey worker) => step.Ledger.Sessions.Values.FirstOrDefault(session =>
        session is { IsStrict: true, IsLost: false, IsOver: false, IsEnding: false } && session.Home?.Key == worker);

    /// <summary>The outcome of a call that the pool refused because of its session.</summary>
    private bool IsRefusedBySession(Observation step)
    {
        CallSpec spec = step.Input.Spec;
        step.Ledger.Sessions.TryGetValue(spec.Session, out SimSession? session);
        return step.Admission.Rejection switch
        {
            Outcome.TooManySessions => session is null && step.Before.Sessions >= plan.MaxSessions,
            Outcome.SessionEnding => session is { IsEnding: true },
            Outcome.SessionLost => session is { IsLost: true },
            Outcome.WorkerBusy => spec.Affinity == Affinity.StrictFailFast && session is { IsLost: false }
                && (session.Home ?? session.Worker) is { } home
                && Observation.Find(step.Before, home.Key) is { } worker && IsBusy(step, worker),
            _ => false,
        };
    }

    private bool IsBusy(Observation step, in WorkerView worker) =>
        worker.Load >= plan.Capacity
        || step.Ledger.IsTainted(worker.Key)
        || step.Ledger.Workers[worker.Key] is { NeedsLook: true } or { LookSince: >= 0 }
        || worker.OpenCalls < worker.Load
        || IsExhausted(worker.Requests)
        || HasLane(step.Before, worker.Key)
        || worker.Gives
        || worker.Moves
        || (plan.MaxConcurrent > 0 && step.Before.Running >= plan.MaxConcurrent);
}
