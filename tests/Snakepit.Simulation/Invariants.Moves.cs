using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L11: the moves of strict sessions with their state.</content>
internal sealed partial class Invariants
{
    private static void Sessions_a_move_is_from_one_that_leaves_to_one_that_stays(Observation step)
    {
        foreach (Effect effect in step.Effects.Where(static effect => effect.Kind == EffectKind.MoveSession))
        {
            WorkerView? from = Observation.Find(step.After, effect.Worker);
            WorkerView? to = Observation.Find(step.After, effect.Heir);
            bool stays = to is { Phase: WorkerPhase.Serving } || IsBestThatLeaves(step, to);
            bool isFit = from is { Phase: WorkerPhase.Draining, Load: 0 } && to is { Load: 0 } && stays
                && step.Ledger.Workers[effect.Worker].CanMove && step.Ledger.Workers[effect.Heir].CanMove;
            bool isHome = step.Ledger.Sessions.TryGetValue(effect.Session, out SimSession? session)
                && session is { IsStrict: true, IsLost: false } && session.Home?.Key == effect.Worker;
            if (!isFit || !isHome)
            {
                throw Broken($"session {effect.Session} is to move from {from} to {to}, and its state is in {session?.Home?.Key}");
            }
        }
    }

    /// <summary>
    /// Whether a worker retires in the step in which it was chosen, and no other worker could have been chosen that is not due.
    /// </summary>
    private static bool IsBestThatLeaves(Observation step, WorkerView? heir) =>
        heir is { Phase: WorkerPhase.Draining } leaving
        && Observation.Find(step.Before, leaving.Key) is { Phase: WorkerPhase.Serving }
        && !step.After.Workers.Any(worker => step.Ledger.Workers[worker.Key].CanMove
            && worker is { Phase: WorkerPhase.Serving, DueSince: long.MaxValue, TaintedUntil: 0, Exhausted: false });

    /// <summary>The session has its new worker exactly when that has the state.</summary>
    private static void Sessions_a_move_is_complete_or_has_not_happened(Observation step)
    {
        foreach (Effect effect in step.Effects.Where(static effect => effect.Kind == EffectKind.SessionMoved))
        {
            bool isDone = step.Ledger.Sessions.GetValueOrDefault(effect.Session)?.Imported is { } move
                && move.From == effect.Worker && move.To == effect.Heir;
            if (!isDone)
            {
                throw Broken($"session {effect.Session} has moved to {effect.Heir}, which does not have its state");
            }
        }
        foreach (SimSession session in step.Ledger.Sessions.Values)
        {
            bool hasMoved = step.Effects.Any(e => e.Kind == EffectKind.SessionMoved && e.Session == session.Number);
            if (session is { IsLost: false, IsOver: false, Imported: { } move } && !hasMoved && !step.After.Closing)
            {
                throw Broken($"{move.To} has the state of session {session.Number}, which stays with {session.Home?.Key}");
            }
        }
    }

    private static void Sessions_no_call_of_a_moving_one_runs(Observation step)
    {
        foreach (SimSession session in step.Ledger.Sessions.Values.Where(static session => session.Move is { IsOver: false }))
        {
            // A call that began before the session was strict may still run on a worker that the session has left.
            CallRecord? running = step.Ledger.Calls.Values.FirstOrDefault(call =>
                call.Worker is { } worker && session.Move!.Includes(worker.Key) && step.Ledger.SessionOf(call) == session);
            if (running is not null)
            {
                throw Broken($"{running.Key} runs on {running.Worker!.Key} while its session {session.Number} moves");
            }
        }
    }

    private static void Sessions_a_move_has_its_workers_for_itself(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends)
        {
            SimMove? own = step.Ledger.MoveOf(send.Call);
            if (step.Ledger.Moves.Any(move => move != own && !move.IsOver && move.Includes(send.Worker.Key)))
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key}, which moves a session");
            }
        }
    }

    /// <summary>A worker takes no calls for the sake of moves only while there is something to move, and it begins when it can.</summary>
    private static void Sessions_no_move_waits_for_nothing(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            if (worker.Moves && !step.Ledger.Moves.Any(move => !move.IsOver && move.Includes(worker.Key)))
            {
                throw Broken($"{worker.Key} waits for a move that is over");
            }
            bool waits = worker is { Gives: true, Phase: WorkerPhase.Draining, Moves: false };
            if (waits && !HasToGive(step, worker.Key))
            {
                throw Broken($"{worker.Key} has no session to give, and takes no calls");
            }
            if (waits && worker.Load == 0 && !step.Ledger.IsTainted(worker.Key) && !IsLookedAt(step, worker.Key)
                && !step.After.Workers.Exists(heir => heir.Expects && (heir.Load > 0 || heir.Moves || IsLookedAt(step, heir.Key))))
            {
                throw Broken($"{worker.Key} has sessions to give and waits for no worker");
            }
            if (worker.Expects && !step.After.Workers.Exists(static giver => giver.Gives))
            {
                throw Broken($"{worker.Key} expects a session, and no worker gives one");
            }
        }
    }

    private static bool IsLookedAt(Observation step, WorkerKey worker) =>
        step.Ledger.Workers[worker] is { NeedsLook: true } or { LookSince: >= 0 };

    private static bool HasToGive(Observation step, WorkerKey worker) => step.Ledger.Sessions.Values.Any(session =>
        session is { IsStrict: true, IsLost: false, IsOver: false } && session.Home?.Key == worker);
}
