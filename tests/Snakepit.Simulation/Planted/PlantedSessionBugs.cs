using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of sessions.</summary>
internal static class PlantedSessionBugs
{
    private const long Forever = long.MaxValue / 4;

    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
    {
        ["serves a strict session elsewhere"] = (
            new PlantedBug
            {
                Hears = static (input, _) => input with { Spec = input.Spec with { Affinity = Affinity.Hint } },
                Settings = static plan => plan with { QueueLimit = 0 },
            },
            "Sessions_a_strict_one_is_never_served_elsewhere"),
        ["moves a session from a worker that is free"] = (
            new PlantedBug
            {
                Effects = static (_, effects, before) => ShowFree(before, effects),
                View = static (_, view, effects) => ShowFree(view, effects),
            },
            "Sessions_a_hint_is_followed"),
        ["lets a lane overtake the queue"] = (
            new PlantedBug
            {
                Calm = true,
                Settings = static plan => plan with { QueueLimit = 50, RejectLate = false, MaxConcurrent = 0 },
                Effects = static (step, effects, before) => SendLater(step, effects, before),
                View = static (_, view, effects) => PutBack(view, effects),
            },
            "Sessions_no_lane_starves_the_queue"),
        ["stops a worker that a session needs"] = (
            new PlantedBug
            {
                Effects = static (_, effects, _) => effects.RemoveAll(static effect =>
                    effect is { Kind: EffectKind.SessionLost, Reason: Reason.DrainTimeout }),
            },
            "Sessions_a_drained_worker_has_none"),
        ["loses a session in silence"] = (
            new PlantedBug { Effects = static (_, effects, _) => ForgetLost(effects) }, "Sessions_a_loss_is_told"),
        ["keeps the end of a session from its worker"] = (
            new PlantedBug { Effects = static (_, effects, _) => effects.RemoveAll(static effect => effect.Kind == EffectKind.EndSession) },
            "Sessions_a_worker_is_told_of_every_end"),
        ["moves a session that need not move"] = (
            new PlantedBug { Effects = static (step, effects, view) => MoveNeedlessly(step, effects, view) },
            "Sessions_a_move_is_from_one_that_leaves_to_one_that_stays"),
        ["hands a session over before its state has come"] = (
            new PlantedBug { Effects = static (step, effects, before) => HandOverAtOnce(step, effects, before) },
            "Sessions_a_move_is_complete_or_has_not_happened"),
        ["runs a call of a session while it moves"] = (
            new PlantedBug { Effects = static (_, effects, before) => SendMoving(effects, before) },
            "Sessions_no_call_of_a_moving_one_runs"),
        ["gives another call to a worker that moves a session"] = (
            new PlantedBug { Effects = static (step, effects, before) => DisturbMove(step, effects, before) },
            "Sessions_a_move_has_its_workers_for_itself"),
        ["waits for a move that is over"] = (
            new PlantedBug { View = static (_, view, _) => HoldBack(view) }, "Sessions_no_move_waits_for_nothing"),
        ["keeps sessions for ever"] = (
            new PlantedBug
            {
                Settings = static plan => plan with { SessionTtl = 100 },
                Plan = static plan => plan with { SessionTtl = Forever },
            },
            "Sessions_one_that_is_not_used_ends_in_time"),
        ["counts a session too many"] = (
            new PlantedBug { View = static (_, view, _) => view.Sessions += view.Sessions > 2 ? 1 : 0 },
            "Sessions_are_those_that_have_begun"),
    };

    /// <summary>Orders a move between two workers that serve.</summary>
    private static void MoveNeedlessly(KernelStep step, List<Effect> effects, PoolView view)
    {
        WorkerView[] serving = [.. view.Workers.Where(static worker => worker.Phase == WorkerPhase.Serving)];
        if (step is { Kind: StepKind.Submit, Spec.Session: not 0 } && serving.Length > 1)
        {
            effects.Add(Effect.MoveSession(serving[0].Key, step.Spec.Session, serving[1].Key));
        }
    }

    private static void HandOverAtOnce(KernelStep step, List<Effect> effects, PoolView before)
    {
        WorkerView giver = before.Workers.Find(static worker => worker is { Gives: true, Moves: true });
        WorkerView heir = before.Workers.Find(static worker => worker is { Expects: true, Moves: true });
        if (step.Kind == StepKind.SubmitMove && !giver.Key.IsNone && !heir.Key.IsNone)
        {
            effects.Add(Effect.SessionMoved(giver.Key, step.Spec.Session, heir.Key));
        }
    }

    /// <summary>Sends a call that waits for a worker which moves a session.</summary>
    private static void SendMoving(List<Effect> effects, PoolView before)
    {
        foreach (WorkerView worker in before.Workers.Where(static worker => worker is { Gives: true, Moves: true }))
        {
            CallView waiting = before.Calls.Find(call => call.Phase == CallPhase.Queued && call.Target == worker.Key);
            if (!waiting.Key.IsNone)
            {
                effects.Insert(0, Effect.Send(worker.Key, waiting.Key, 1));
                return;
            }
        }
    }

    private static void DisturbMove(KernelStep step, List<Effect> effects, PoolView before)
    {
        WorkerView heir = before.Workers.Find(static worker => worker is { Expects: true, Moves: true });
        int send = effects.FindIndex(static effect => effect.Kind == EffectKind.Send);
        if (step.Kind == StepKind.Submit && send >= 0 && !heir.Key.IsNone && effects[send].Worker != heir.Key)
        {
            effects[send] = Effect.Send(heir.Key, effects[send].Call, effects[send].Attempt);
        }
    }

    private static void HoldBack(PoolView view)
    {
        int draining = view.Workers.FindIndex(static worker => worker is { Phase: WorkerPhase.Draining, Sessions: 0 });
        if (draining >= 0)
        {
            view.Workers[draining] = view.Workers[draining] with { Moves = true };
        }
    }

    /// <summary>Shows the worker that a session leaves as one that is free.</summary>
    private static void ShowFree(PoolView view, IReadOnlyList<Effect> effects)
    {
        bool isMove = effects.Any(static effect => effect.Kind == EffectKind.Send)
            && effects.All(static effect => effect.Kind != EffectKind.SessionOver);
        for (int i = 0; i < view.Workers.Count && isMove; i++)
        {
            WorkerView worker = view.Workers[i];
            if (worker.Phase == WorkerPhase.Serving
                && effects.Any(effect => effect.Kind == EffectKind.EndSession && effect.Worker == worker.Key))
            {
                view.Workers[i] = worker with { Available = true };
            }
        }
    }

    /// <summary>Sends a call that waits for the worker in place of one that came first and may have any worker.</summary>
    private static void SendLater(KernelStep step, List<Effect> effects, PoolView before)
    {
        for (int i = 0; i < effects.Count && step.Kind == StepKind.Replied; i++)
        {
            CallView first = before.Calls.Find(call => call.Key == effects[i].Call && before.Queue.Contains(call.Key));
            CallView later = before.Calls
                .Where(call => call.Phase == CallPhase.Queued && call.Target == effects[i].Worker && call.Ticket > first.Ticket)
                .OrderBy(static call => call.Ticket)
                .FirstOrDefault();
            if (effects[i].Kind == EffectKind.Send && !first.Key.IsNone && !later.Key.IsNone)
            {
                effects[i] = Effect.Send(effects[i].Worker, later.Key, 1);
            }
        }
    }

    /// <summary>Shows the call that was not sent as one that waits.</summary>
    private static void PutBack(PoolView view, IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            if (effect.Kind == EffectKind.Send && view.Calls.Exists(call => call.Key == effect.Call && call.Phase == CallPhase.Queued))
            {
                view.Queue.InsertRange(0, view.Calls
                    .Where(call => call.Phase == CallPhase.Assigned && call.Worker == effect.Worker && call.Target.IsNone)
                    .Select(static call => call.Key));
                view.NextCall = view.Queue.FirstOrDefault();
            }
        }
    }

    private static void ForgetLost(List<Effect> effects)
    {
        foreach (Effect lost in effects.Where(static effect => effect.Kind == EffectKind.SessionLost).ToArray())
        {
            effects.Add(Effect.SessionOver(lost.Session, lost.Reason));
        }
    }
}
