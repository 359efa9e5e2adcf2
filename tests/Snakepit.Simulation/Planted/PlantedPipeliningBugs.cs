using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of pipelining and recall.</summary>
internal static class PlantedPipeliningBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["fills channels beyond the depth"] = (
                Plan(static p => p with { MaxDepth = p.MaxDepth + 1 }) with { Depth = 1 }, "L2_only_serving_workers_with_room_get_calls"),
            ["pipelines what cannot be taken back"] = (
                Hear(static (input, _) => input with { CanRecall = input.Kind == StepKind.Signal }),
                "L2_only_serving_workers_with_room_get_calls"),
            ["takes slow tools for fast ones"] = (
                Plan(static p => p with { FastRun = p.FastRun * 100 }), "P8_only_calls_of_fast_tools_wait_in_channels"),
            ["learns from nothing"] = (
                Hear(static (input, _) => input with { RunTime = 0 }) with { Settings = static p => p with { MaxHeldWork = 100_000 } },
                "P8_only_calls_of_fast_tools_wait_in_channels"),
            ["pipelines behind a call nobody waits for"] = (
                Alter(SendBehindAbandoned), "P8_only_calls_of_fast_tools_wait_in_channels"),
            ["lets too much work wait"] = (
                Plan(static p => p with { MaxHeldWork = p.MaxHeldWork * 3 }), "P8_what_waits_in_a_channel_is_bounded"),
            ["lets too many bytes wait"] = (
                Plan(static p => p with { MaxWaitingBytes = p.MaxWaitingBytes * 3 }), "P8_what_waits_in_a_channel_is_bounded"),
            ["pipelines while a worker is free"] = (
                SendToBusy() with
                {
                    Settings = static p => p with { FastRun = 100_000, MaxHeldWork = 100_000, MaxWaitingBytes = 1_000_000 },
                },
                "P8_an_idle_worker_comes_first_then_the_least_loaded"),
            ["pipelines less than it may"] = (
                Plan(static p => p with { MaxDepth = 1 }) with { Depth = 8 }, "P8_a_channel_with_room_is_used"),
            ["drops what a draining worker gives back"] = (
                DropRecalled(), "P9_a_recalled_call_goes_on"),
            ["ignores what a draining worker gives back"] = (
                Hear(static (input, before) =>
                    input.Kind == StepKind.Recalled && IsDraining(before, input.Worker) && IsOpen(before, input.Call) ? null : input),
                "L1_every_call_has_exactly_one_outcome"),
            ["calls a recalled call lost"] = (
                Alter(Lose), "L1_an_outcome_tells_what_happened"),
            ["puts a recalled call at the end of the queue"] = (
                SeeRecalled(static (input, view, _) => MoveLast(input, view)), "P9_a_recalled_call_keeps_its_place"),
            ["counts a recall as an attempt"] = (
                SeeRecalled(static (input, view, _) =>
                    Edit(view.Calls, c => c.Key == input.Call ? c with { Attempts = c.Attempts + 1 } : c)),
                "P9_a_recall_is_no_attempt"),
            ["keeps the count of a recalled call"] = (
                SeeRecalled(static (input, view, _) =>
                    Edit(view.Workers, w => w.Key == input.Worker ? w with { Requests = w.Requests + 1 } : w)),
                "L9_a_recalled_call_gives_its_count_back"),
            ["looks for stalled workers too late"] = (
                Plan(static p => p with { StallCheck = p.StallCheck * 3 }), "P9_no_call_waits_behind_a_stalled_worker"),
            ["forgets stalled workers that drain"] = (
                Alter(static (_, fx, before) => fx.RemoveAll(e => e.Kind == EffectKind.Recall && IsDraining(before, e.Worker))),
                "P9_no_call_waits_behind_a_stalled_worker"),
            ["leaves what kills workers in their channels"] = (
                Alter(static (_, fx, _) => Unless(fx, EffectKind.InputQuarantined)) with
                {
                    Settings = static p => p with
                    {
                        QuarantineAfter = 1,
                        QuarantineTime = 2_000,
                        TaintTime = 0,
                        FastRun = 100_000,
                        MaxHeldWork = 100_000,
                        MaxWaitingBytes = 1_000_000,
                    },
                },
                "L15_waiting_calls_of_a_quarantined_input_are_called_back"),
            ["takes a worker for stalled for ever"] = (
                new PlantedBug
                {
                    View = static (input, view, _) => Edit(view.Workers, w => w.Key == input.Worker ? w with { Stalled = true } : w),
                },
                "P9_a_reply_ends_a_stall"),
            ["sends workers away that may be needed"] = (
                new PlantedBug { View = SendAway }, "L17_a_pool_that_drains_keeps_workers_for_what_may_come_back"),
            ["kills for a call that has not begun"] = (
                Alter(static (_, fx, _) => KillInstead(fx)), "P9_a_call_that_has_not_begun_kills_nobody"),
            ["puts the calls of a dead worker at the end of the queue"] = (
                new PlantedBug { View = static (input, view, _) => ReverseAtExit(input, view) }, "L4_the_queue_is_first_come_first_served"),
        };

    private static void Unless(List<Effect> fx, EffectKind told)
    {
        if (fx.Exists(effect => effect.Kind == told))
        {
            fx.RemoveAll(static effect => effect.Kind == EffectKind.Recall);
        }
    }

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change) => new() { Plan = change };

    private static PlantedBug Hear(Func<KernelStep, PoolView, KernelStep?> change) => new() { Hears = change };

    private static PlantedBug Alter(Action<KernelStep, List<Effect>, PoolView> change) => new() { Effects = change };

    private static PlantedBug SeeRecalled(Action<KernelStep, PoolView, IReadOnlyList<Effect>> change)
    {
        bool isNews = false; // A3 judges a recall that is told twice
        return new PlantedBug
        {
            Hears = (input, before) =>
            {
                isNews = input.Kind == StepKind.Recalled
                    && before.Calls.Exists(call => call.Key == input.Call && call.Worker == input.Worker);
                return input;
            },
            View = (input, view, effects) =>
            {
                if (isNews)
                {
                    change(input, view, effects);
                }
            },
        };
    }

    private static bool IsDraining(PoolView view, WorkerKey worker) => Observation.Find(view, worker) is { Phase: WorkerPhase.Draining };

    private static bool IsOpen(PoolView view, CallKey key) => view.Calls.Exists(call => call.Key == key && call.Open);

    private static void SendBehindAbandoned(KernelStep input, List<Effect> effects, PoolView before)
    {
        int busy = before.Workers.FindIndex(static w => w is { Phase: WorkerPhase.Serving, Load: 1, OpenCalls: 0 });
        if (before.Queue.Count > 0 && busy >= 0 && effects.Count == 0)
        {
            effects.Insert(0, Effect.Send(before.Workers[busy].Key, before.Queue[0], 0));
        }
    }

    private static PlantedBug SendToBusy()
    {
        const int enough = 40; // calls of a tool until it is known as fast; P8 judges the calls of other tools
        var calls = new Dictionary<int, int>();
        return Alter((input, effects, before) =>
        {
            if (input.Kind == StepKind.Start)
            {
                calls.Clear();
            }
            if (input.Kind != StepKind.Submit)
            {
                return;
            }
            int number = calls[input.Spec.Tool] = calls.GetValueOrDefault(input.Spec.Tool) + 1;
            int busy = before.Workers.FindIndex(static w =>
                w is { Phase: WorkerPhase.Serving, Waiting: 1, Load: 2, OpenCalls: 2, Stalled: false });
            if (input.Spec.Tool > 0 && number > enough && busy >= 0 && before.Workers.FindAll(static w => w.Available).Count > 1)
            {
                Edit(effects, e => e.Kind == EffectKind.Send ? e with { Worker = before.Workers[busy].Key } : e);
            }
        });
    }

    private static PlantedBug DropRecalled() => SeeRecalled(static (input, view, _) =>
    {
        if (IsDraining(view, input.Worker) && !view.Queue.Contains(input.Call))
        {
            view.Calls.RemoveAll(call => call.Key == input.Call);
        }
    });

    private static void Lose(KernelStep input, List<Effect> effects, PoolView before)
    {
        if (input.Kind == StepKind.Recalled && effects.Count == 0 && before.Calls.Exists(c => c.Key == input.Call && c.Open))
        {
            effects.Add(Effect.Complete(input.Worker, input.Call, Outcome.WorkerLostNotStarted, 0));
        }
    }

    private static void MoveLast(KernelStep input, PoolView view)
    {
        if (view.Queue.Remove(input.Call))
        {
            view.Queue.Add(input.Call);
        }
    }

    private static void ReverseAtExit(KernelStep input, PoolView view)
    {
        if (input.Kind == StepKind.Exited)
        {
            view.Queue.Reverse();
        }
    }

    private static void SendAway(KernelStep input, PoolView view, IReadOnlyList<Effect> effects)
    {
        if (view is { Closing: true, Queue.Count: 0 })
        {
            Edit(view.Workers, static w => w is { Role: WorkerRole.Current, Load: 0 } ? w with { Leaving = Reason.Shutdown } : w);
        }
    }

    private static void KillInstead(List<Effect> effects)
    {
        int recall = effects.FindIndex(static e => e.Kind == EffectKind.Recall);
        if (recall >= 0)
        {
            effects.Add(Effect.Kill(effects[recall].Worker, Reason.CancelGrace));
        }
    }

    private static void Edit<T>(List<T> list, Func<T, T> change)
    {
        for (int i = 0; i < list.Count; i++)
        {
            list[i] = change(list[i]);
        }
    }
}
