using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of the basics for callers and operators: outcomes, the queue, replacement, starts and the end.</summary>
internal static class PlantedCallBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["completes twice"] = (
                Alter((_, fx, _) => Repeat(fx, EffectKind.Complete)), "L1_every_call_has_exactly_one_outcome"),
            ["forgets to send a requeued call"] = (
                Alter((_, fx, _) => fx.RemoveAll(static e => e.Kind == EffectKind.Send && e.Attempt > 1)),
                "L1_every_call_has_exactly_one_outcome"),
            ["calls a cancelled call answered"] = (
                Alter((_, fx, _) =>
                    Change(fx, static e => e.Outcome == Outcome.Cancelled, static e => e with { Outcome = Outcome.Replied })),
                "L1_an_outcome_tells_what_happened"),
            ["sends to a draining worker"] = (
                Alter(SendToDraining), "L2_only_serving_workers_with_room_get_calls"),
            ["ignores capacity"] = (
                Alter((_, fx, before) => SendFirst(fx, before, IsFull)) with { Depth = 0 },
                "L2_only_serving_workers_with_room_get_calls"),
            ["sends a running call once more"] = (
                Alter((_, fx, before) => SendAgain(fx, before)), "L3_calls_are_judged_at_exit_and_never_run_twice_at_once"),
            ["runs calls again too often"] = (
                Plan(static p => p with { MaxAttempts = p.MaxAttempts + 2 }), "L3_calls_are_judged_at_exit_and_never_run_twice_at_once"),
            ["runs a call again whose caller has seen a part of its result"] = (
                new PlantedBug { Hears = static (input, _) => input.Kind == StepKind.Commit ? null : input },
                "L3_calls_are_judged_at_exit_and_never_run_twice_at_once"),
            ["ignores the queue limit"] = (
                Plan(static p => p with { QueueLimit = p.QueueLimit + 1 }), "L4_the_queue_is_bounded"),
            ["lets calls wait too long"] = (
                Plan(static p => p with { QueueTimeout = p.QueueTimeout * 2 }), "L4_a_call_that_waited_too_long_never_starts"),
            ["does not tell the worker to let go"] = (
                Alter((_, fx, _) => fx.RemoveAll(static e => e.Kind == EffectKind.Cancel)),
                "L5_the_caller_is_released_at_once_and_the_worker_after_the_grace"),
            ["does not kill what is to be killed"] = (
                Alter(static (_, fx, _) => fx.RemoveAll(static e => e is { Kind: EffectKind.Kill, Reason: Reason.CancelKill })),
                "L5_a_tool_is_cancelled_in_its_own_way"),
            ["interrupts what is only to be told"] = (
                Alter(static (_, fx, _) => Change(
                    fx, static e => e.Kind == EffectKind.Cancel, static e => Effect.Cancel(e.Worker, e.Call, interrupts: true))),
                "L5_a_tool_is_cancelled_in_its_own_way"),
            ["waits too long before it kills"] = (
                Plan(static p => p with { CancelGrace = (p.CancelGrace * 2) + 50 }),
                "L5_the_caller_is_released_at_once_and_the_worker_after_the_grace"),
            ["retires before the new one serves"] = (
                See(RetireEarly), "L6_the_old_worker_serves_until_the_new_one_does"),
            ["stops a worker with calls"] = (
                Alter((_, fx, before) => StopBusy(fx, before)), "L6_a_draining_worker_may_finish_what_it_has"),
            ["ignores the recycle budget"] = (
                Plan(static p => p with { MaxConcurrentRecycles = p.Size + 1 }), "L9_replacements_stay_within_the_budget"),
            ["reports a recycle twice"] = (
                Alter((_, fx, _) => Repeat(fx, EffectKind.WorkerKept)), "L9_every_recycle_request_is_reported_once"),
            ["forgets to report a recycle"] = (
                Alter((_, fx, _) => fx.RemoveAll(static e => e.Kind is EffectKind.WorkerRecycled or EffectKind.AlreadyReplaced)),
                "L9_every_recycle_request_is_reported_once"),
            ["drops the old worker when the new one fails"] = (
                See(DropKept), "L10_a_failed_replacement_keeps_the_old_worker"),
            ["starts too many at once"] = (
                Plan(static p => p with { MaxConcurrentStarts = p.MaxConcurrentStarts + 1 }), "L15_starts_are_bounded"),
            ["starts again at once"] = (
                Plan(static p => p with { InitialBackoff = 1, MaxBackoff = 1 }) with
                {
                    Settings = static p => p with { Size = 10, MaxConcurrentStarts = 10, MaxConsecutiveErrors = 0, CheckInterval = 0 },
                },
                "L15_starts_are_bounded"),
            ["does something before its time"] = (
                Alter(static (input, fx, _) => FillTick(input, fx)), "A4_nothing_is_due_before_NextWake"),
            ["forgets an empty slot"] = (
                See(ForgetNext) with { Calm = true }, "L15_what_is_missing_is_started_or_scheduled"),
            ["stops too late"] = (
                Plan(static p => p with { StopTimeout = p.StopTimeout + 1_000 }), "L17_after_the_end_nothing_is_left"),
            ["starts a worker after the end"] = (
                Alter(LaunchAtShutdown), "L17_a_closed_pool_starts_nothing"),
            ["gives one call too many"] = (
                Alter((_, fx, before) => SendFirst(fx, before, IsUsedUp)) with
                {
                    Settings = static p => p with { StrictMaxRequests = true },
                },
                "Recycle_triggers_strict_max_requests_never_overshoots"),
            ["answers stale news"] = (
                Alter(AnswerEverySignal), "A3_stale_news_changes_nothing"),
            ["forgets when a worker is due"] = (
                See(DueEarlier), "A4_NextWake_is_never_later_than_a_worker_is_due"),
            ["remembers times wrongly"] = (
                new PlantedBug { Image = Misremember }, "A6_a_kernel_that_goes_on_from_a_saved_state_decides_the_same"),
            ["miscounts"] = (
                See(Miscount), "Counts_agree_with_the_books"),
            ["says Ready too early"] = (
                See(static (view, _) => view.State = view.Closing ? view.State : PoolState.Ready), "State_follows_from_the_workers"),
        };

    private static void FillTick(KernelStep input, List<Effect> fx)
    {
        if (input.Kind == StepKind.Tick && fx.Count == 0)
        {
            fx.Add(Effect.ReplacementsBraked(default, Reason.None, 0));
        }
    }

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change) => new() { Plan = change };

    private static PlantedBug Alter(Action<KernelStep, List<Effect>, PoolView> change) => new() { Effects = change };

    private static PlantedBug See(Action<PoolView, IReadOnlyList<Effect>> change) =>
        new() { View = (_, view, effects) => change(view, effects) };

    private static void Repeat(List<Effect> effects, EffectKind kind) => effects.AddRange([.. effects.Where(e => e.Kind == kind)]);

    private static void Change(List<Effect> effects, Predicate<Effect> which, Func<Effect, Effect> change)
    {
        for (int i = 0; i < effects.Count; i++)
        {
            effects[i] = which(effects[i]) ? change(effects[i]) : effects[i];
        }
    }

    private static void SendToDraining(KernelStep input, List<Effect> effects, PoolView before)
    {
        int draining = before.Workers.FindIndex(static w => w.Phase == WorkerPhase.Draining);
        if (draining >= 0)
        {
            Change(effects, static e => e.Kind == EffectKind.Send, e => e with { Worker = before.Workers[draining].Key });
        }
    }

    private static void SendAgain(List<Effect> effects, PoolView before)
    {
        int running = before.Calls.FindIndex(static c => c.Open && c.Phase == CallPhase.Assigned);
        int free = before.Workers.FindIndex(static w => w.Available);
        if (running >= 0 && free >= 0 && effects.Count == 0)
        {
            effects.Insert(0, Effect.Send(before.Workers[free].Key, before.Calls[running].Key, 0));
        }
    }

    private static bool IsFull(WorkerView worker) => worker is { Phase: WorkerPhase.Serving, Available: false, ReplaceReason: Reason.None };

    private static bool IsUsedUp(WorkerView worker) =>
        worker is { Phase: WorkerPhase.Serving, Available: false, ReplaceReason: Reason.MaxRequests, Load: 0 };

    /// <summary>Sends the first call of the queue to a worker that must not have it.</summary>
    private static void SendFirst(List<Effect> effects, PoolView before, Predicate<WorkerView> which)
    {
        int worker = before.Workers.FindIndex(which);
        if (before.Queue.Count > 0 && worker >= 0 && effects.Count == 0)
        {
            effects.Insert(0, Effect.Send(before.Workers[worker].Key, before.Queue[0], 0));
        }
    }

    private static void StopBusy(List<Effect> effects, PoolView before)
    {
        int busy = before.Workers.FindIndex(static w => w.Load > 0);
        if (busy >= 0 && effects.Count == 0)
        {
            effects.Add(Effect.Stop(before.Workers[busy].Key));
        }
    }

    private static void AnswerEverySignal(KernelStep input, List<Effect> effects, PoolView before)
    {
        if (input is { Kind: StepKind.Signal, Signal: SignalKind.Launched })
        {
            effects.Add(Effect.QueueSaturated(0));
        }
    }

    private static void LaunchAtShutdown(KernelStep input, List<Effect> effects, PoolView before)
    {
        if (input is { Kind: StepKind.Command, Command.Kind: CommandKind.Shutdown })
        {
            effects.Add(Effect.Launch(new WorkerKey(0, 1_000_000), blueprint: 0));
        }
    }

    private static void RetireEarly(PoolView view, IReadOnlyList<Effect> effects)
    {
        Edit(view, w => IsDue(w) ? w with { Role = WorkerRole.Leaving } : w);

        bool IsDue(WorkerView worker) => worker.Role == WorkerRole.Current
            && worker.ReplaceReason != Reason.None
            && effects.Any(e => e.Kind == EffectKind.Launch && e.Worker.Slot == worker.Key.Slot);
    }

    private static void ForgetNext(PoolView view, IReadOnlyList<Effect> effects) =>
        view.Workers.RemoveAll(static w => w.Role == WorkerRole.Next);

    private static void DropKept(PoolView view, IReadOnlyList<Effect> effects) => Edit(
        view, w => effects.Any(e => e.Kind == EffectKind.WorkerKept && e.Worker == w.Key) ? w with { Phase = WorkerPhase.Draining } : w);

    private static void DueEarlier(PoolView view, IReadOnlyList<Effect> effects) => Edit(
        view, static w => w.Due == long.MaxValue ? w : w with { Due = w.Due - 1_000 });

    private static void Miscount(PoolView view, IReadOnlyList<Effect> effects) => Edit(
        view, static w => w.Requests == 3 ? w with { Requests = 2 } : w);

    private static void Misremember(long[] image)
    {
        foreach (ref long number in image.AsSpan())
        {
            number += number is > 1_000_000 and < 100_000_000 ? 7 : 0; // the range of the simulation's clock
        }
    }

    private static void Edit(PoolView view, Func<WorkerView, WorkerView> change)
    {
        for (int i = 0; i < view.Workers.Count; i++)
        {
            view.Workers[i] = change(view.Workers[i]);
        }
    }
}
