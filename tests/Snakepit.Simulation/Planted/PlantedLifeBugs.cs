using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation.Planted;

/// <summary>Planted defects of the age, the rest, the watch and the replacement of workers, and of spares.</summary>
internal static class PlantedLifeBugs
{
    public static IReadOnlyDictionary<string, (PlantedBug Bug, string Invariant)> Bugs { get; } =
        new Dictionary<string, (PlantedBug Bug, string Invariant)>
        {
            ["lets workers grow too old"] = (
                Plan(static p => p with { Ttl = p.Ttl * 2 }) with { Settings = Young }, "Recycle_triggers_ttl_is_kept"),
            ["replaces young workers"] = (
                Plan(static p => p with { Ttl = p.Ttl / 2 }) with { Settings = static p => Young(p) with { Spares = 1 } },
                "Recycle_triggers_ttl_is_kept"),
            ["lays workers to rest too soon"] = (
                Plan(static p => p with { IdleTimeout = 10 }) with { Settings = Restful }, "Recycle_triggers_only_idle_workers_rest"),
            ["lets idle workers go on"] = (
                Plan(static p => p with { IdleTimeout = p.IdleTimeout * 3 }) with { Settings = Restful, Calm = true },
                "Recycle_triggers_only_idle_workers_rest"),
            ["lets calls wait while workers rest"] = (
                See(static (_, view, _) => view.Resting += view.Resting > 0 && view.Queue.Count > 0 && !view.Closing ? 1 : 0) with
                {
                    Settings = static p => Restful(p) with { MinReady = 0 },
                },
                "Recycle_triggers_calls_that_wait_wake_those_that_rest"),
            ["lays too many to rest"] = (
                See(static (_, view, fx) => Empty(view, fx, Reason.Idle)) with
                {
                    Settings = static p => Restful(p) with { Size = 4, MinReady = 3 },
                },
                "L9_the_kernel_never_goes_below_MinReady"),
            ["stops first though too few are left"] = (
                See(static (_, view, fx) => Empty(view, fx, Reason.Manual)) with
                {
                    Settings = static p => StopsFirst(p) with { Size = 4, MinReady = 3 },
                },
                "L9_the_kernel_never_goes_below_MinReady"),
            ["ignores the least life"] = (
                Plan(static p => p with { MinLifetime = 0 }) with { Settings = static p => p with { MinLifetime = 2_000 } },
                "L9_a_least_life_holds_back_what_it_guards"),
            ["takes failed calls for good ones"] = (
                Hear(static (input, _) => input with { Failed = false }) with
                {
                    Settings = static p => p with { MaxConsecutiveErrors = 1, MinLifetime = 0 },
                },
                "Recycle_triggers_a_reached_limit_has_the_worker_replaced"),
            ["does not hear of limits"] = (
                Hear(static (input, _) => input is { Signal: SignalKind.LimitReached, Reason: Reason.CpuTime } ? null : input) with
                {
                    Settings = Plain,
                },
                "Recycle_triggers_a_reached_limit_has_the_worker_replaced"),
            ["lets a worker live that has too much memory"] = (
                Hear(static (input, _) => input is { Signal: SignalKind.LimitReached, Reason: Reason.MemoryLimit } ? null : input) with
                {
                    Settings = Plain,
                },
                "Recycle_triggers_memory_limit_kills_at_once"),
            ["starts beside the old worker where there is no room"] = (
                Hear(static (input, _) => input.Command.Kind == CommandKind.SetMemoryShort ? null : input) with
                {
                    Settings = static p => p with { StopFirst = false },
                },
                "L7_no_replacement_comes_before_the_old_worker_is_gone"),
            ["does not say who serves instead"] = (
                Alter(static (_, fx, _) => fx.RemoveAll(static e => e.Kind == EffectKind.SlotRefilled)) with { Settings = StopsFirst },
                "L7_a_refill_is_reported_once"),
            ["says twice who serves instead"] = (
                Alter(static (_, fx, _) => fx.AddRange([.. fx.Where(static e => e.Kind == EffectKind.SlotRefilled)])) with
                {
                    Settings = StopsFirst,
                },
                "L7_a_refill_is_reported_once"),
            ["rejects changed code that nobody has tried"] = (
                Alter(RejectUntried) with { Settings = Plain }, "L10_changed_code_is_tried_by_one"),
            ["does not reject changed code that fails"] = (
                Alter(static (_, fx, _) => fx.RemoveAll(static e => e.Kind == EffectKind.CodeRejected)) with { Settings = Plain },
                "L10_changed_code_is_tried_by_one"),
            ["goes on with code that does not start"] = (
                See(static (_, view, fx) => GoOn(view, fx)) with { Settings = Plain }, "L10_changed_code_is_tried_by_one"),
            ["keeps too many spares"] = (
                Plan(static p => p with { Spares = p.Spares + 1 }), "L9_there_are_never_more_workers_than_may_be"),
            ["lets spares wait while places are vacant"] = (
                See(static (_, view, _) => Vacate(view)) with
                {
                    Settings = static p => p with { Spares = 2, IdleTimeout = 0 },
                    Calm = true,
                },
                "L2_spares_take_vacant_and_due_places_at_once"),
            ["gives calls to spares"] = (
                Alter(SendToSpare) with { Settings = static p => p with { Spares = 2 } }, "L2_only_serving_workers_with_room_get_calls"),
            ["forgets a new size"] = (
                Hear(static (input, _) => input.Command.Kind == CommandKind.Resize ? null : input) with { Settings = Plain },
                "L9_there_are_never_more_workers_than_may_be"),
            ["never asks for signs of life"] = (
                Plan(static p => p with { PingInterval = 0 }) with { Settings = Watched },
                "L12_an_idle_worker_that_gives_no_sign_of_life_is_killed"),
            ["waits too long for signs of life"] = (
                Plan(static p => p with { LivenessTimeout = p.LivenessTimeout * 4 }) with { Settings = Watched },
                "L12_an_idle_worker_that_gives_no_sign_of_life_is_killed"),
            ["does not hear signs of life"] = (
                Hear(static (input, _) => input is { Kind: StepKind.Signal, Signal: SignalKind.Pong } ? null : input) with
                {
                    Settings = Watched,
                },
                "L12_nobody_is_killed_for_silence_too_early"),
            ["kills busy workers too soon"] = (
                Plan(static p => p with { UnresponsiveTimeout = 1 }) with { Settings = Watched },
                "L12_nobody_is_killed_for_silence_too_early"),
            ["checks busy workers"] = (
                Alter(CheckBusy) with { Settings = Watched }, "L12_a_check_is_for_one_idle_worker_and_no_request"),
            ["does not slow down for a cause"] = (
                Hear(static (input, _) => input with { Note = input.Note with { Cause = (int)input.Now } }) with { Settings = Plain },
                "L15_starts_are_bounded"),
            ["kills starts too early"] = (
                Plan(static p => p with { BootTimeout = p.BootTimeout / 2 }), "L16_a_start_has_its_time"),
            ["does not hear that a start begins"] = (
                Hear(static (input, _) => input is { Kind: StepKind.Signal, Signal: SignalKind.Begun } ? null : input),
                "L16_a_start_has_its_time"),
            ["lets the wait for a turn count"] = (
                Hear(static (input, _) => input is { Kind: StepKind.Signal, Signal: SignalKind.Begun }
                    ? input with { Now = Math.Max(0, input.Now - 40) }
                    : input),
                "L16_a_start_has_its_time"),
            ["starts what cannot start"] = (
                Hear(static (input, _) => input.Kind == StepKind.CannotStart ? new KernelStep(StepKind.Start, input.Now) : input),
                "L15_a_pool_that_lacks_something_says_so_and_starts_nothing"),
            ["lets calls wait for what is missing"] = (
                Hear(static (input, _) => input.Kind == StepKind.CannotStart ? null : input),
                "L15_a_pool_that_lacks_something_says_so_and_starts_nothing"),
            ["starts many though one would find out"] = (
                Plan(static p => p with { RestartWindow = 0 }) with
                {
                    Settings = static p => ManyStarts(p) with { RestartWindow = 5_000, MaxBackoff = p.InitialBackoff, Jitter = 0 },
                },
                "L15_starts_are_bounded"),
            ["trusts what has not been tried since a loss"] = (
                Hear(BlameOutsiders) with { Settings = ManyStarts }, "L15_few_starts_find_out_for_all"),
            ["goes on replacing to no use"] = (
                Alter(ReplaceTooSoon) with
                {
                    Settings = static p => Watched(p) with { Size = 1, MinReady = 1, Jitter = 0, StopFirst = false },
                },
                "L15_replacements_that_do_not_help_are_held_back"),
            ["never hears that the replacements of one slot are ready"] = (
                Hear(IgnoreReplacementsOfOne) with { Settings = Impatient, BreaksSlots = true }, "L10_the_trouble_of_a_slot_is_its_own"),
            ["never hears that the replacements of one used up worker are ready"] = (
                Hear(IgnoreReplacementsOfOne) with
                {
                    Settings = static p => Impatient(p) with { Ttl = 0, MaxRequests = 2 },
                    BreaksSlots = true,
                    Depth = 0,
                },
                "L10_the_trouble_of_a_slot_is_its_own"),
            ["never hears that the replacements of one worker beyond its limits are ready"] = (
                Hear(IgnoreReplacementsOfOne) with { Settings = static p => Impatient(p) with { Ttl = 0 }, BreaksSlots = true },
                "L10_the_trouble_of_a_slot_is_its_own"),
            ["does not tell who asked for a replacement"] = (
                Plan(static p => p with { InitialBackoff = p.InitialBackoff * 20, MaxBackoff = p.MaxBackoff * 20 }) with
                {
                    Settings = static p => Impatient(p) with { PingInterval = 100 },
                    BreaksSlots = true,
                },
                "L10_a_request_ends_within_one_pause_and_one_start"),
            ["lets inputs kill on"] = (
                Plan(static p => p with { QuarantineAfter = 0 }) with
                {
                    Settings = static p => Plain(p) with { QuarantineAfter = 1, QuarantineTime = 2_000 },
                },
                "L15_a_quarantined_input_never_reaches_a_worker"),
            ["rejects inputs that kill too soon"] = (
                Plan(static p => p with { QuarantineAfter = 1 }) with { Settings = static p => Plain(p) with { QuarantineAfter = 3 } },
                "L15_only_inputs_that_kill_are_quarantined"),
            ["counts checks as requests"] = (
                See(static (input, view, _) =>
                    view.Counts = view.Counts with { Accepted = view.Counts.Accepted + (input.Kind == StepKind.SubmitCheck ? 1 : 0) })
                    with { Settings = Watched },
                "L12_a_check_is_for_one_idle_worker_and_no_request"),
        };

    private static PoolPlan Plain(PoolPlan plan) =>
        plan with { Ttl = 0, IdleTimeout = 0, MaxRequests = 0, MaxConsecutiveErrors = 0, Spares = 0 };

    private static PoolPlan Impatient(PoolPlan plan) => Young(plan) with
    {
        Size = 6,
        PingInterval = 0,
        InitialBackoff = 1,
        MaxBackoff = 100,
        DrainTimeout = 10,
        KillTimeout = 20,
    };

    private static PoolPlan ManyStarts(PoolPlan plan) => Plain(plan) with { Size = 10, MaxConcurrentStarts = 10 };

    private static PoolPlan Young(PoolPlan plan) => Plain(plan) with { Ttl = 500, StopFirst = false };

    private static PoolPlan Restful(PoolPlan plan) => Plain(plan) with { IdleTimeout = 100 };

    private static PoolPlan StopsFirst(PoolPlan plan) => Plain(plan) with { StopFirst = true, MinReady = 0 };

    private static PoolPlan Watched(PoolPlan plan) =>
        Plain(plan) with { PingInterval = 100, LivenessTimeout = 100, UnresponsiveTimeout = 1_000, CheckInterval = 80 };

    private static PlantedBug Plan(Func<PoolPlan, PoolPlan> change) => new() { Plan = change };

    private static PlantedBug Alter(Action<KernelStep, List<Effect>, PoolView> change) => new() { Effects = change };

    private static PlantedBug See(Action<KernelStep, PoolView, IReadOnlyList<Effect>> change) => new() { View = change };

    private static PlantedBug Hear(Func<KernelStep, PoolView, KernelStep?> change) => new() { Hears = change };

    /// <summary>
    /// Blames an outsider for the exit of a worker that has answered a call. Such a death delays no start, whatever its cause.
    /// </summary>
    private static KernelStep? BlameOutsiders(KernelStep input, PoolView before)
    {
        bool hasAnswered = before.Workers.Exists(worker => worker.Key == input.Worker && worker.Requests > worker.Load);
        return input.Kind == StepKind.Exited && hasAnswered ? input with { Note = input.Note with { IsForeign = true } } : input;
    }

    private static KernelStep? IgnoreReplacementsOfOne(KernelStep input, PoolView before) =>
        input is { Kind: StepKind.Signal, Signal: SignalKind.Ready, Worker: { Slot: 0, Generation: > 1 } } ? null : input;

    private static void Empty(PoolView view, IReadOnlyList<Effect> effects, Reason reason)
    {
        if (effects.Any(e => e.Kind == EffectKind.WorkerDraining && e.Reason == reason))
        {
            view.Ready = 0;
        }
    }

    private static void RejectUntried(KernelStep input, List<Effect> effects, PoolView before)
    {
        if (input.Command.Kind == CommandKind.CodeChanged)
        {
            effects.Add(Effect.CodeRejected());
        }
    }

    private static void GoOn(PoolView view, IReadOnlyList<Effect> effects)
    {
        int worker = view.Workers.FindIndex(static w => w is { Role: WorkerRole.Current, ReplaceReason: Reason.None });
        if (worker >= 0 && effects.Any(static e => e.Kind == EffectKind.CodeRejected))
        {
            view.Workers[worker] = view.Workers[worker] with { ReplaceReason = Reason.CodeChanged };
        }
    }

    private static void Vacate(PoolView view)
    {
        int worker = view.Workers.FindIndex(static w => w is { Role: WorkerRole.Current, Load: 0 });
        if (worker >= 0 && view.Workers.Exists(static w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready }))
        {
            view.Target++;
        }
    }

    private static void SendToSpare(KernelStep input, List<Effect> effects, PoolView before)
    {
        WorkerView spare = before.Workers.Find(w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready });
        int send = effects.FindIndex(static e => e.Kind == EffectKind.Send);
        if (send >= 0 && !spare.Key.IsNone)
        {
            effects[send] = effects[send] with { Worker = spare.Key };
        }
    }

    private static void ReplaceTooSoon(KernelStep input, List<Effect> effects, PoolView before)
    {
        WorkerView worker = before.Workers.Find(static w => w is { Role: WorkerRole.Current, ReplaceReason: not Reason.None });
        bool isHeldBack = before.Restarts.Exists(row =>
            row.HoldsUpReplacement && row.Cause.Reason == worker.ReplaceReason && row.NextAt > input.Now);
        if (input.Kind == StepKind.Tick && effects.Count == 0 && isHeldBack)
        {
            int newest = before.Workers.Where(other => other.Key.Slot == worker.Key.Slot).Max(static other => other.Key.Generation);
            WorkerKey key = worker.Key with { Generation = newest + 100 + (int)(input.Now % 1_000_000) };
            effects.Add(Effect.Launch(key, blueprint: 0));
        }
    }

    private static void CheckBusy(KernelStep input, List<Effect> effects, PoolView before)
    {
        WorkerView busy = before.Workers.Find(static w => w is { Role: WorkerRole.Current, Load: > 0 });
        if (input.Kind == StepKind.Tick && !busy.Key.IsNone && effects.Count == 0)
        {
            effects.Add(Effect.CheckHealth(busy.Key));
        }
    }
}
