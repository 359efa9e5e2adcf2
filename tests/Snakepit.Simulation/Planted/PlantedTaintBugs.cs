using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of tainted places.</summary>
internal static class PlantedTaintBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["gives calls to workers in tainted places"] = (
                new PlantedBug { Effects = SendToTainted }, "Taints_no_call_goes_to_a_tainted_place"),
            ["never ends a taint"] = (
                Hear(static input => input with { Command = input.Command with { Duration = long.MaxValue } }, CommandKind.Taint),
                "Taints_are_those_that_were_ordered_and_end_in_time"),
            ["does not hear that a taint is lifted"] = (
                Hear(static _ => null, CommandKind.LiftTaint), "Taints_are_those_that_were_ordered_and_end_in_time"),
            ["does not taint the device of one that died"] = (
                new PlantedBug { Hears = static (input, _) => input with { Device = 0 } },
                "Taints_are_those_that_were_ordered_and_end_in_time"),
            ["says nothing of a taint"] = (
                new PlantedBug { Effects = static (_, fx, _) => fx.RemoveAll(static e => e.Kind == EffectKind.SlotTainted) },
                "Taints_are_reported_once"),
            ["lets a replacement serve in a tainted place"] = (
                new PlantedBug { View = static (_, view, _) => Serve(view) }, "Taints_a_replacement_waits_for_the_end"),
            ["leaves calls in the channels of tainted places"] = (
                new PlantedBug
                {
                    Effects = static (input, fx, _) =>
                        fx.RemoveAll(e => e.Kind == EffectKind.Recall && input.Command.Kind == CommandKind.Taint),
                    Depth = 8,
                },
                "Taints_calls_that_wait_in_a_channel_come_back"),
            ["keeps workers from calls after the end of a taint"] = (
                new PlantedBug { View = static (input, view, _) => KeepBack(input, view) }, "Counts_agree_with_the_books"),
            ["gives up because all places are tainted"] = (
                new PlantedBug { View = static (_, view, _) => view.State = IsTainted(view) ? PoolState.Failing : view.State },
                "State_follows_from_the_workers"),
        };

    private static PlantedBug Hear(Func<KernelStep, KernelStep?> change, CommandKind kind) =>
        new() { Hears = (input, _) => input.Kind == StepKind.Command && input.Command.Kind == kind ? change(input) : input };

    private static void SendToTainted(KernelStep input, List<Effect> effects, PoolView before)
    {
        WorkerView tainted = before.Workers.Find(static w => w is { Role: WorkerRole.Current, TaintedUntil: > 0, Load: 0 });
        int send = effects.FindIndex(static e => e.Kind == EffectKind.Send);
        if (send >= 0 && !tainted.Key.IsNone && input.Kind == StepKind.Submit)
        {
            effects[send] = effects[send] with { Worker = tainted.Key };
        }
    }

    private static void Serve(PoolView view)
    {
        int next = view.Workers.FindIndex(w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready, TaintedUntil: > 0 }
            && Observation.Find(view, w.Key.Slot, WorkerRole.Current) is null);
        if (next >= 0)
        {
            view.Workers[next] = view.Workers[next] with { Role = WorkerRole.Current, Phase = WorkerPhase.Serving };
        }
    }

    private static void KeepBack(KernelStep input, PoolView view)
    {
        for (int i = 0; input.Command.Kind == CommandKind.LiftTaint && i < view.Workers.Count; i++)
        {
            view.Workers[i] = view.Workers[i] with { Available = false };
        }
    }

    private static bool IsTainted(PoolView view) => view is { Ready: 0, Closing: false }
        && view.Workers.Exists(static w => w is { Role: WorkerRole.Current, TaintedUntil: > 0 });
}
