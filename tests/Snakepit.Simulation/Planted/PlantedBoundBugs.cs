using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of calls that only one worker may run.</summary>
internal static class PlantedBoundBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
    {
        ["sends a bound call to any worker"] = (
            new PlantedBug { Hears = static (input, _) => input with { Spec = input.Spec with { Target = default } } },
            "Bound_a_call_goes_to_its_worker_in_its_turn"),
        ["lets a bound call wait though its worker is free"] = (
            new PlantedBug
            {
                View = static (_, view, _) => Unsend(view),
                Settings = static plan => plan with { Capacity = 4, MaxConcurrent = 0 },
                Depth = 0,
            },
            "Bound_a_call_waits_for_nothing_but_its_worker"),
        ["lets a bound call outlive its worker"] = (
            new PlantedBug { View = static (_, view, _) => Bury(view) }, "Bound_a_call_is_over_with_its_worker"),
    };

    /// <summary>Shows a bound call that a worker has as one that waits for it.</summary>
    private static void Unsend(PoolView view)
    {
        int index = view.Calls.FindIndex(static call =>
            call is { Phase: CallPhase.Assigned, Open: true, Target.IsNone: false } && call.Target == call.Worker);
        if (index >= 0)
        {
            view.Calls[index] = view.Calls[index] with { Phase = CallPhase.Queued };
        }
    }

    /// <summary>Shows a worker that calls wait for as one that is stopping.</summary>
    private static void Bury(PoolView view)
    {
        CallView waiting = view.Calls.Find(static call => call.Phase == CallPhase.Queued && !call.Target.IsNone);
        int index = waiting.Key.IsNone ? -1 : view.Workers.FindIndex(worker => worker.Key == waiting.Target);
        if (index >= 0)
        {
            view.Workers[index] = view.Workers[index] with { Phase = WorkerPhase.Stopping };
        }
    }
}
