using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of the order in which a step's end carries out what is due.</summary>
internal static class PlantedSettleBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["gives calls to workers before new ones take over"] = (
                new PlantedBug { Effects = Withhold, View = static (input, view, _) => Unsend(input, view), Depth = 0 },
                "L4_nobody_waits_for_nothing"),
            ["wakes workers before the calls have theirs"] = (
                new PlantedBug
                {
                    View = static (_, view, effects) => view.Resting -= WakesNobody(view, effects) ? 1 : 0,
                    Settings = static plan => plan with { IdleTimeout = 20, MinReady = 0, Spares = 0 },
                },
                "Settle_workers_wake_only_for_calls_that_still_wait"),
        };

    /// <summary>Drops what is sent to workers that begin to serve in the same step.</summary>
    private static void Withhold(KernelStep input, List<Effect> effects, PoolView before) =>
        effects.RemoveAll(e => e.Kind == EffectKind.Send && before.Workers.Find(w => w.Key == e.Worker).Phase != WorkerPhase.Serving);

    /// <summary>Shows a call that went to such a worker as one that waits.</summary>
    private static void Unsend(KernelStep input, PoolView view)
    {
        int worker = view.Workers.FindIndex(w => w is { Role: WorkerRole.Current, Load: 1 } && w.ServingSince == input.Now);
        if (worker < 0 || view.Queue.Count > 0)
        {
            return;
        }
        int index = view.Calls.FindIndex(call => call.Worker == view.Workers[worker].Key);
        CallView call = view.Calls[index];
        view.Calls[index] = call with { Phase = CallPhase.Queued, Worker = default, Attempts = call.Attempts - 1 };
        view.Queue.Add(call.Key);
        view.Workers[worker] = view.Workers[worker] with { Load = 0, OpenCalls = 0, Requests = 0, Available = true, Call = default };
        view.Running--;
    }

    private static bool WakesNobody(PoolView view, IReadOnlyList<Effect> effects) =>
        view is { Resting: > 0, Closing: false, Queue.Count: 0 }
        && effects.Any(static e => e.Kind == EffectKind.Send)
        && !effects.Any(static e => e.Kind == EffectKind.WorkerDraining);
}
