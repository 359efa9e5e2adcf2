using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of admission and of the queue's order. They show without channels to wait in and without faults.</summary>
internal static class PlantedAdmissionBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["knows no priorities"] = (
                Hear(static input => input with { Spec = input.Spec with { Priority = 0 } }, static p => p with { PriorityStep = 100 }),
                "L4_a_priority_is_a_head_start"),
            ["lets high priorities pass for ever"] = (
                Plan(static p => p with { PriorityStep = p.PriorityStep * 100 }, static p => p with { PriorityStep = 10 }),
                "L4_a_priority_is_a_head_start"),
            ["serves the youngest call first"] = (
                new PlantedBug { View = static (_, view, _) => view.Queue.Reverse(), Settings = Alike },
                "L4_the_queue_is_first_come_first_served"),
            ["lets a key have all turns"] = (
                Plan(static p => p with { KeysTakeTurns = false }, static p => Alike(p) with { KeysTakeTurns = true }),
                "L4_keys_take_turns"),
            ["lets a key have two turns"] = (
                Hear(
                    static input => input with { Spec = input.Spec with { Key = input.Spec.Key & ~1UL } },
                    static p => Alike(p) with { KeysTakeTurns = true }),
                "L4_keys_take_turns"),
            ["lets too many of a key wait"] = (
                Plan(static p => p with { LimitPerKey = 3 }, static p => p with { LimitPerKey = 2, QueueLimit = 50 }),
                "L4_the_queue_is_bounded"),
            ["rejects for a limit that is not reached"] = (
                Plan(static p => p with { LimitPerKey = 1 }, static p => p with { LimitPerKey = 2, QueueLimit = 50 }),
                "L4_nobody_is_rejected_without_need"),
            ["runs one call too many at once"] = (
                Plan(static p => p with { MaxConcurrent = 3 }, static p => p with { Size = 8, MinReady = 1, MaxConcurrent = 2 }),
                "L4_no_more_calls_run_than_may"),
            ["runs fewer calls than may"] = (
                Plan(static p => p with { MaxConcurrent = 1 }, static p => p with { Size = 8, MinReady = 1, MaxConcurrent = 2 }),
                "L4_nobody_waits_for_nothing"),
            ["takes runs for longer than they are"] = (
                Hear(static input => input with { RunTime = input.RunTime * 50 }, Late), "L1_an_outcome_tells_what_happened"),
            ["rejects the late where they may wait"] = (
                Plan(static p => p with { RejectLate = true }, static p => Late(p) with { RejectLate = false, QueueTimeout = 20 }),
                "L4_nobody_is_rejected_without_need"),
            ["gives up those who could still be served"] = (
                new PlantedBug { Effects = GiveUp, Settings = Late }, "L1_an_outcome_tells_what_happened"),
        };

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change, Func<PoolPlan, PoolPlan> settings) =>
        new() { Plan = change, Settings = settings };

    private static PlantedBug Hear(Func<KernelStep, KernelStep> change, Func<PoolPlan, PoolPlan> settings) =>
        new() { Hears = (input, _) => change(input), Settings = settings };

    /// <summary>Settings with one worker and a long queue in which all priorities are alike.</summary>
    private static PoolPlan Alike(PoolPlan plan) => plan with
    {
        Size = 1,
        MinReady = 1,
        QueueLimit = 50,
        LimitPerKey = 0,
        PriorityStep = 0,
        KeysTakeTurns = false,
    };

    private static PoolPlan Late(PoolPlan plan) => plan with
    {
        Size = 1,
        MinReady = 1,
        QueueLimit = 50,
        LimitPerKey = 0,
        RejectLate = true,
        QueueTimeout = 3_000,
    };

    private static void GiveUp(KernelStep input, List<Effect> effects, PoolView before)
    {
        CallView patient = before.Calls.Find(static call => call is { Phase: CallPhase.Queued, Deadline: long.MaxValue });
        if (effects.Count == 0 && !patient.Key.IsNone)
        {
            effects.Add(Effect.Complete(default, patient.Key, Outcome.TooLate, 0));
        }
    }
}
