using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Why and when workers are replaced (age, limits, errors, changed code), and the order where there is no room for two.</content>
internal sealed partial class Invariants
{
    private void Recycle_triggers_ttl_is_kept(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is not { Kind: EffectKind.WorkerDraining, Reason: Reason.TtlExpired })
            {
                continue;
            }
            WorkerRecord worker = step.Ledger.Workers[effect.Worker];
            // A replacement that is ready ahead of time may take over early when it would delay another replacement.
            long ahead = worker.HoldsPlace || plan.Spares > 0 ? 0 : (step.Ledger.LongestStart * 3 / 2) + 1;
            long ttl = Math.Min(plan.Ttl == 0 ? long.MaxValue : plan.Ttl, worker.EarlierTtl);
            if (ttl == long.MaxValue || step.Now < worker.ServingSince + (ttl * 9 / 10) - ahead)
            {
                throw Broken($"{effect.Worker} serves since {worker.ServingSince} and was replaced for its age");
            }
        }
        foreach (WorkerView worker in step.After.Workers)
        {
            if (plan.Ttl > 0 && worker.Role == WorkerRole.Current && !step.After.Closing)
            {
                CheckAge(step, worker);
            }
        }
    }

    private void CheckAge(Observation step, in WorkerView worker)
    {
        const string rule = nameof(Recycle_triggers_ttl_is_kept);
        long end = step.Ledger.Workers[worker.Key].ServingSince + plan.Ttl;
        if (worker.ReplaceReason == Reason.None && step.NextWake > end)
        {
            throw Broken($"{worker.Key} is old at {end}, and nothing is due before {step.NextWake}", rule);
        }
        bool late = step.Input.Kind == StepKind.Tick && step.Now >= end;
        if (late
            && (worker.ReplaceReason == Reason.None
                || Observation.Find(step.After, worker.Key.Slot, WorkerRole.Next) is { Phase: WorkerPhase.Ready }))
        {
            throw Broken($"{worker.Key} is too old since {end} and still serves", rule);
        }
    }

    private void L9_a_least_life_holds_back_what_it_guards(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            Reason reason = worker.ReplaceReason != Reason.None ? worker.ReplaceReason : record.DrainReason;
            WorkerView? before = Observation.Find(step.Before, worker.Key);
            Reason was = before?.ReplaceReason ?? Reason.None;
            bool drainedBefore = record.DrainingSince >= 0 && record.DrainingSince < step.Now;
            if (reason == was || before is { Role: WorkerRole.Leaving } || drainedBefore || !Ledger.IsGuarded(reason))
            {
                continue;
            }
            if (step.Now < step.Ledger.GuardEnd(record) || !record.Limits.Contains(reason))
            {
                throw Broken(
                    $"{worker.Key} serves since {record.ServingSince} and is replaced for {reason}; " +
                    $"it has reached [{string.Join(", ", record.Limits)}]");
            }
        }
    }

    private void Recycle_triggers_a_reached_limit_has_the_worker_replaced(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            bool stays = worker is { Role: WorkerRole.Current, ReplaceReason: Reason.None } && !step.After.Closing;
            long guardEnd = step.Ledger.GuardEnd(record);
            bool passedGuardEnd = step.Input.Kind == StepKind.Tick && step.Now >= guardEnd && record.ServingSince < step.Now;
            if (stays && record.Held != Reason.None && (step.NextWake > guardEnd || passedGuardEnd))
            {
                throw Broken($"{worker.Key} has reached {record.Held}, lives long enough, and is not replaced");
            }
            // Memory beyond the soft limit counts only after a second look.
            bool memoryCounts = record.Limits.Contains(Reason.MemoryThreshold) && record is { NeedsLook: false, LookSince: < 0 };
            bool reached = step.Input is { Kind: StepKind.Signal, Signal: SignalKind.LimitReached }
                && step.Input.Worker == worker.Key
                && (step.Input.Reason != Reason.MemoryThreshold || memoryCounts);
            // The error of a call whose caller had left before does not count.
            bool failed = step.Input is { Kind: StepKind.Replied, Failed: true }
                && step.Ledger.Replied is { CheckOf.IsNone: true }
                && step.Input.Worker == worker.Key
                && step.Effects.Any(e => e.Kind == EffectKind.Complete && e.Call == step.Input.Call)
                && plan.MaxConsecutiveErrors > 0
                && record.Errors >= plan.MaxConsecutiveErrors;
            bool counts = (reached && !Ledger.IsGuarded(step.Input.Reason)) || ((reached || failed) && step.Now >= guardEnd);
            if (stays && counts)
            {
                throw Broken($"{worker.Key} has reached a limit ({step.Input.Reason}, {record.Errors} errors) and is not replaced");
            }
        }
    }

    private static void Recycle_triggers_memory_limit_kills_at_once(Observation step)
    {
        if (step.Input is not { Kind: StepKind.Signal, Signal: SignalKind.LimitReached } || step.Ledger.IsStale || step.Before.Closing)
        {
            return;
        }
        WorkerView? before = Observation.Find(step.Before, step.Input.Worker);
        bool killed = step.Has(EffectKind.Kill, step.Input.Worker);
        if (step.Input.Reason == Reason.MemoryLimit && !killed && !step.Ledger.Workers[step.Input.Worker].WasKilled)
        {
            throw Broken($"{step.Input.Worker} has too much memory and lives on");
        }
        bool done = before is { Role: WorkerRole.Leaving } or { Phase: WorkerPhase.Launching or WorkerPhase.Booting };
        if (step.Input.Reason != Reason.MemoryLimit && done && !step.ChangesNothing)
        {
            throw Broken($"{step.Input} is too late or too early, and changed something");
        }
    }

    private static void L7_no_replacement_comes_before_the_old_worker_is_gone(Observation step)
    {
        foreach (WorkerKey launched in step.Ledger.Launches)
        {
            bool beside = step.Ledger.StopsFirst && Observation.Find(step.After, launched.Slot, WorkerRole.Current) is not null;
            bool held = step.Ledger.Workers.Values.Any(w =>
                w.Key.Slot == launched.Slot && w is { HoldsPlace: true, HasNoSuccessor: false, IsGone: false });
            if (beside || held)
            {
                throw Broken($"{launched} was started while its predecessor lives, and there is no room for two");
            }
        }
    }

    private static void L7_a_refill_is_reported_once(Observation step)
    {
        foreach (Effect stray in step.Ledger.StrayRefills)
        {
            throw Broken($"slot {stray.Worker.Slot} serves again after {stray.StoppedFirst}, which was not stopped first");
        }
        foreach ((int slot, int generation) in step.Ledger.Refills)
        {
            if (step.After.Closing || Observation.Find(step.After, slot, WorkerRole.Current) is not null)
            {
                throw Broken($"generation {generation} of slot {slot} was stopped first, and it was not said who serves instead");
            }
        }
    }

    /// <summary>
    /// One replacement tries the changed code. If it does not start, all workers stay, and no other replacement is started for that change.
    /// </summary>
    private static void L10_changed_code_is_tried_by_one(Observation step)
    {
        Ledger ledger = step.Ledger;
        bool failed = step.Effects.Any(e =>
            e.Kind == EffectKind.StartFailed && !ledger.Workers[e.Worker].LacksChange);
        bool rejected = step.Effects.Any(static e => e.Kind is EffectKind.CodeRejected or EffectKind.BlueprintRejected);
        if (rejected && !failed)
        {
            throw Broken("the changed code was rejected, and no start has failed");
        }
        if (failed && ledger.Code == CodeState.Untried && step.Before.Ready > 0 && step.After.Ready > 0 && !step.After.Closing)
        {
            throw Broken("a start with the changed code has failed, and it was not rejected");
        }
        WorkerView[] tries = [.. step.After.Workers.Where(w => w.ReplaceReason.Is(ReasonTrait.IsTriedFirst)
            && Observation.Find(step.After, w.Key.Slot, WorkerRole.Next) is { } next
            && !ledger.Workers[next.Key].IsOlderThanCode)];
        if (ledger.Code == CodeState.Untried && tries.Length > 1)
        {
            throw Broken($"{tries.Length} replacements try the changed code at once");
        }
        if (ledger.Code == CodeState.Rejected && step.After.Workers.Exists(w => w.ReplaceReason == ledger.RejectedReason
            && !(w.ReplaceReason == Reason.ConfigurationChanged && ledger.Workers[w.Key].IsDueAnyway)))
        {
            throw Broken("a worker is to be replaced by one with code that does not start");
        }
    }
}
