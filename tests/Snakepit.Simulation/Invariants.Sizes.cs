using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>The numbers of workers that serve, rest, wait as spares or are missing.</content>
internal sealed partial class Invariants
{
    private void L9_there_are_never_more_workers_than_may_be(Observation step)
    {
        PoolView view = step.After;
        int serving = view.Workers.Count(static w => w.Role == WorkerRole.Current);
        int least = step.Ledger.LeastReady;
        if (view.Closing)
        {
            return;
        }
        if (view.Target != step.Ledger.Target
            || view.Resting < 0
            || view.Resting > view.Target - least
            || (view.Resting > 0 && plan.IdleTimeout == 0))
        {
            throw Broken($"the target is {view.Target} instead of {step.Ledger.Target}, {view.Resting} rest, {least} may not");
        }
        if (serving > view.Target - view.Resting || CountPlaces(step) > view.Target - view.Resting + plan.Spares)
        {
            throw Broken(
                $"{serving} workers serve in {CountPlaces(step)} places, the target is {view.Target} with {plan.Spares} spares, " +
                $"{view.Resting} rest");
        }
    }

    /// <summary>
    /// Counts the workers that serve, start or wait, and those whose place is kept until they are gone. A replacement beside its worker
    /// has no place of its own.
    /// </summary>
    private static int CountPlaces(Observation step) =>
        Enumerable.Range(0, step.After.Slots.Count).Count(slot => IsPlace(step, slot));

    private static bool IsPlace(Observation step, int slot) => step.After.Workers.Exists(w =>
        w.Key.Slot == slot && (w.Role != WorkerRole.Leaving || step.Ledger.Workers[w.Key] is { HoldsPlace: true, HasNoSuccessor: false }));

    private void L9_the_kernel_never_goes_below_MinReady(Observation step)
    {
        int floor = step.Ledger.StopsFirstByOrder ? Math.Min(plan.MinReady, step.After.Target - 1) : step.Ledger.LeastReady;
        if (step.After.Ready < Math.Min(floor, step.Before.Ready) && !LosesWorkers(step))
        {
            throw Broken($"{step.Before.Ready} workers were ready, now {step.After.Ready}, at least {floor} are to be");
        }
    }

    private void L2_spares_take_vacant_and_due_places_at_once(Observation step)
    {
        PoolView view = step.After;
        bool spare = view.Workers.Exists(w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready }
            && !step.Ledger.IsTainted(w.Key)
            && Observation.Find(view, w.Key.Slot, WorkerRole.Current) is null);
        if (!spare || view.Closing)
        {
            return;
        }
        int serving = view.Workers.Count(static w => w.Role == WorkerRole.Current);
        if (serving < view.Target - view.Resting)
        {
            throw Broken($"{serving} workers serve, {view.Target - view.Resting} are to, and a spare waits");
        }
        // a spare with the old code does not help there
        bool changes = view.Workers.Exists(static w => w.ReplaceReason.Is(ReasonTrait.IsTriedFirst));
        WorkerView due = view.Workers.Find(w => w.ReplaceReason != Reason.None
            && !MayBeHeldBack(step, w.Key.Slot, w.ReplaceReason)
            && Observation.Find(view, w.Key.Slot, WorkerRole.Next) is null);
        bool isTickDue = step.NextWake <= step.Now; // the tick may end a pause of the replacement
        if (!due.Key.IsNone && !changes && !isTickDue && plan.Spares > 0 && CountReplacing(step) < MostReplacements(step))
        {
            throw Broken($"{due.Key} is due and a spare waits");
        }
    }

    private void Recycle_triggers_only_idle_workers_rest(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is not { Kind: EffectKind.WorkerDraining, Reason: Reason.Idle })
            {
                continue;
            }
            WorkerRecord worker = step.Ledger.Workers[effect.Worker];
            bool tooFew = step.After.Ready < step.Ledger.LeastReady && !LosesWorkers(step);
            if (worker.Calls.Count > 0 || step.Now < worker.IdleSince + plan.IdleTimeout || tooFew)
            {
                throw Broken(
                    $"{effect.Worker} was laid to rest with {worker.Calls.Count} calls, idle since {worker.IdleSince}, " +
                    $"{step.After.Ready} are left");
            }
        }
        foreach (WorkerView view in step.After.Workers)
        {
            long since = step.Ledger.Workers[view.Key].MayRestSince;
            if (plan.IdleTimeout > 0 && since >= 0 && step.Input.Kind == StepKind.Tick && step.Now > since + plan.IdleTimeout)
            {
                throw Broken($"{view.Key} may rest since {since} and does not");
            }
        }
    }

    private void Recycle_triggers_calls_that_wait_wake_those_that_rest(Observation step)
    {
        PoolView view = step.After;
        int coming = view.Target - view.Resting - view.Workers.Count(static w => w.Role == WorkerRole.Current) - CountHeldBack(step);
        int startable = plan.MaxConcurrent == 0 ? view.Queue.Count : Math.Min(view.Queue.Count, plan.MaxConcurrent - step.Ledger.Running);
        if (!view.Closing && view.Resting > 0 && startable > coming)
        {
            throw Broken($"{view.Queue.Count} calls wait, {coming} workers come, and {view.Resting} rest");
        }
    }

    /// <summary>Calls get the workers there are before any that rest come back for them. Where new workers take over in the step, or a
    /// taint or the order of replacements needs another worker, that does not show.</summary>
    private void Settle_workers_wake_only_for_calls_that_still_wait(Observation step)
    {
        PoolView view = step.After;
        bool isOrdered = step.Input.Kind is StepKind.Command or StepKind.Reconfigure;
        bool isForOthers = plan.Spares > 0 || step.Ledger.Tainted.Count > 0 || step.Ledger.StopsFirst
            || step.Effects.Any(static e => e.Kind is EffectKind.WorkerDraining or EffectKind.WorkerReady);
        bool isSmaller = view.Target < step.Before.Target;
        if (view.Resting < step.Before.Resting && view.Queue.Count == 0 && !isSmaller && !view.Closing && !isOrdered && !isForOthers)
        {
            throw Broken($"{step.Before.Resting} workers rested, now {view.Resting}, and no call waits");
        }
    }

    /// <summary>Counts the coming workers that wait for the end of a taint while another place is free and not tainted.</summary>
    private int CountHeldBack(Observation step)
    {
        int[] vacant =
        [
            .. Enumerable.Range(0, step.After.Slots.Count)
                .Where(slot => Observation.Find(step.After, slot, WorkerRole.Current) is null),
        ];
        bool hasRoom = Array.Exists(vacant, slot => !step.Ledger.Tainted.ContainsKey(slot) && !IsPlace(step, slot));
        int waiting = vacant.Count(slot => step.Ledger.Tainted.ContainsKey(slot)
            && (Observation.Find(step.After, slot, WorkerRole.Next) is not null || step.Ledger.Refills.ContainsKey(slot)));
        return hasRoom ? Math.Max(0, waiting - plan.Spares) : 0;
    }

    private void L15_what_is_missing_is_started_or_scheduled(Observation step)
    {
        PoolView view = step.After;
        bool starting = view.Workers.Exists(IsStarting);
        bool scheduled = step.NextWake <= step.Now + (long)(plan.MaxBackoff * (1 + plan.Jitter)) + Grain;
        if (view.Closing || starting || scheduled || !step.Ledger.MayStart)
        {
            return;
        }
        if (CountPlaces(step) < Math.Min(view.Target - view.Resting + plan.Spares, step.Ledger.Allowance.Workers))
        {
            throw Broken($"only {CountPlaces(step)} workers serve, start or wait, and nothing is due");
        }
        bool blocked = CountReplacing(step) >= MostReplacements(step)
            || (step.Ledger.StopsFirst && view.Ready <= step.Ledger.LeastReady)
            || view.Workers.Exists(static w => w.Role == WorkerRole.Leaving);
        foreach (WorkerView worker in view.Workers.Where(static w => w.Role == WorkerRole.Current))
        {
            bool exhausted = IsExhausted(worker.Requests);
            bool hasNext = Observation.Find(view, worker.Key.Slot, WorkerRole.Next) is not null;
            if (!hasNext && !blocked && (exhausted || (worker.ReplaceReason != Reason.None && !step.Ledger.StopsFirst)))
            {
                throw Broken($"{worker.Key} is to be replaced and nothing is due");
            }
            if (IsUsedUp(worker.Requests) && worker.ReplaceReason == Reason.None)
            {
                throw Broken($"{worker.Key} is used up and is not to be replaced");
            }
        }
    }
}
