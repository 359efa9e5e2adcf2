using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L6 to L17: the rules that operators rely on.</content>
internal sealed partial class Invariants
{
    private void L6_the_old_worker_serves_until_the_new_one_does(Observation step)
    {
        int spares = step.After.Workers.Count(w => (w.Role == WorkerRole.Current ? IsNewIn(step, w.Key) : IsKilledSpare(step, w.Key))
            && Observation.Find(step.Before, w.Key.Slot, WorkerRole.Current) is null);
        foreach (WorkerView old in step.Before.Workers)
        {
            if (old.Role != WorkerRole.Current || Observation.Find(step.After, old.Key) is { Role: WorkerRole.Current })
            {
                continue;
            }
            bool died = step.Input.Kind == StepKind.Exited && step.Input.Worker == old.Key;
            bool served = Observation.Find(step.After, old.Key.Slot, WorkerRole.Current) is { Phase: WorkerPhase.Serving }
                || step.Effects.Any(e => e.Kind == EffectKind.WorkerDraining
                    && e.Worker.Slot == old.Key.Slot
                    && e.Worker.Generation > old.Key.Generation);
            bool mayGoFirst = step.Ledger.Workers[old.Key] is { HoldsPlace: true } or { HasNoSuccessor: true };
            if (!died && !served && !mayGoFirst && !step.After.Closing && !step.Has(EffectKind.Kill, old.Key) && --spares < 0)
            {
                throw Broken($"{old.Key} stopped serving and nobody took over");
            }
        }
        if (step.After.Ready < step.Before.Ready && !LosesWorkers(step) && !LetsGoFirst(step))
        {
            throw Broken($"{step.Before.Ready} workers served, now {step.After.Ready}");
        }
    }

    private static bool IsNewIn(Observation step, WorkerKey worker) =>
        Observation.Find(step.Before, worker) is not { Role: WorkerRole.Current };

    /// <summary>True for a spare that was killed in this step; it may have taken over before that.</summary>
    private static bool IsKilledSpare(Observation step, WorkerKey worker) =>
        step.Has(EffectKind.Kill, worker) && Observation.Find(step.Before, worker) is { Phase: WorkerPhase.Ready };

    /// <summary>
    /// True when workers may stop serving in this step without a decision to replace them: by a strict limit of calls that they reach or
    /// that is lowered, a death, a kill, a taint or the end of the pool.
    /// </summary>
    private bool LosesWorkers(Observation step) =>
        (plan.StrictMaxRequests && (step.Ledger.Sends.Count > 0 || step.Input.Kind == StepKind.Reconfigure))
        || step.Input.Kind == StepKind.Exited
        || step.After.Closing
        || IsTaintedNow(step)
        || step.Effects.Any(static e => e.Kind == EffectKind.Kill);

    private static bool LetsGoFirst(Observation step) => step.Effects.Any(e => e.Kind == EffectKind.WorkerDraining
        && step.Ledger.Workers[e.Worker] is { HoldsPlace: true } or { HasNoSuccessor: true });

    private void L6_a_draining_worker_may_finish_what_it_has(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            step.Ledger.Workers.TryGetValue(effect.Worker, out WorkerRecord? worker);
            if (effect.Kind == EffectKind.Stop && (worker is null || worker.Calls.Count > 0))
            {
                throw Broken($"{effect.Worker} was told to stop while it has calls");
            }
            if (effect.Kind == EffectKind.Stop && Observation.Find(step.After, effect.Worker)?.Phase != WorkerPhase.Stopping)
            {
                throw Broken($"{effect.Worker} was told to stop while it serves");
            }
            if (effect is { Kind: EffectKind.Kill, Reason: Reason.DrainTimeout }
                && step.Now < worker!.DrainingSince + plan.DrainTimeout)
            {
                throw Broken($"{effect.Worker} was killed before its drain timeout");
            }
        }
    }

    private void L9_replacements_stay_within_the_budget(Observation step)
    {
        int replacing = CountReplacing(step, withStopped: !plan.StrictMaxRequests);
        bool launchedBesideServing = step.Ledger.Launches.Exists(launched =>
            Observation.Find(step.After, launched.Slot, WorkerRole.Current) is { } old && !IsExhausted(old.Requests));
        bool isExceeded = _replacing.IsExceeded(replacing, plan.MaxConcurrentRecycles);
        if (plan.StrictMaxRequests && !launchedBesideServing)
        {
            return; // a recalled call may have made an exhausted worker serve again
        }
        if (isExceeded)
        {
            throw Broken($"{replacing} slots are under replacement, the budget is {plan.MaxConcurrentRecycles}");
        }
    }

    /// <summary>
    /// Counts the replacements against the budget. The replacement of an exhausted worker does not count, because it takes no worker from
    /// the callers; the replacement of a worker that was stopped first does.
    /// </summary>
    private int CountReplacing(Observation step, bool withStopped = true)
    {
        int replacing = 0;
        for (int slot = 0; slot < step.After.Slots.Count; slot++)
        {
            WorkerView? current = Observation.Find(step.After, slot, WorkerRole.Current);
            bool swap = current is not null && Observation.Find(step.After, slot, WorkerRole.Next) is not null;
            WorkerView[] leaving = [.. step.After.Workers.Where(w => w.Key.Slot == slot && w.Role == WorkerRole.Leaving
                && step.Ledger.Workers[w.Key] is { DrainingSince: >= 0, HasNoSuccessor: false })];
            bool isRefilled = step.Ledger.Refills.TryGetValue(slot, out int generation);
            bool isExhausted = (current is { } worker && IsExhausted(worker.Requests))
                || Array.Exists(leaving, w => IsExhausted(w.Requests))
                || (isRefilled && IsExhausted(step.Ledger.Workers[new WorkerKey(slot, generation)].Requests));
            bool isStopped = withStopped && isRefilled;
            replacing += isStopped || (!isExhausted && (swap || leaving.Length > 0 || isRefilled)) ? 1 : 0;
        }
        return replacing;
    }

    private static void L9_every_recycle_request_is_reported_once(Observation step)
    {
        bool asked = step.Input is { Kind: StepKind.Command, Command.Kind: CommandKind.Recycle };
        foreach (RecycleFact report in step.Ledger.RecycleReports)
        {
            // A request for a slot without a serving worker, or for a closed pool, is answered at once.
            if (!report.Expected && !asked)
            {
                throw Broken($"{report.Report.Kind} of {report.Report.Worker}, which nobody asked for or which was reported before");
            }
        }
        int first = Math.Max(0, step.Input.Command.Slot);
        int last = step.Input.Command.Slot < 0 ? step.After.Slots.Count - 1 : first;
        for (int slot = first; asked && slot <= last; slot++)
        {
            bool open = step.Ledger.OpenRecycleRequests.Any(w => w.Slot == slot);
            if (!open && !step.Ledger.RecycleReports.Exists(r => r.Report.Worker.Slot == slot))
            {
                throw Broken($"the request to recycle slot {slot} was not heard");
            }
        }
        foreach (WorkerKey key in step.Ledger.OpenRecycleRequests)
        {
            if (Observation.Find(step.After, key) is not ({ ReplaceReason: Reason.Manual } or { Leaving: Reason.Manual }))
            {
                throw Broken($"the request to recycle {key} was forgotten");
            }
        }
    }

    private static void L10_a_failed_replacement_keeps_the_old_worker(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            bool kept = effect.Kind == EffectKind.WorkerKept && effect.Reason != Reason.Shutdown;
            // L6 judges a worker that leaves for another reason.
            bool drains = step.Has(EffectKind.WorkerDraining, effect.Worker) || step.Has(EffectKind.Kill, effect.Worker);
            if (kept && !drains
                && Observation.Find(step.After, effect.Worker) is not { Role: WorkerRole.Current, Phase: WorkerPhase.Serving })
            {
                throw Broken($"{effect.Worker} was reported as kept, but does not serve");
            }
            if (effect.Kind != EffectKind.StartFailed
                || Observation.Find(step.Before, effect.Worker.Slot, WorkerRole.Current) is not { } old)
            {
                continue;
            }
            if (Observation.Find(step.After, old.Key) is not { Role: WorkerRole.Current } && !step.Has(EffectKind.Kill, old.Key)
                && !step.Has(EffectKind.WorkerDraining, old.Key))
            {
                throw Broken($"{old.Key} is gone because its replacement failed");
            }
            if (old.ReplaceReason == Reason.Manual && !step.Ledger.RecycleReports.Exists(r => r.Report.Worker == old.Key))
            {
                throw Broken($"the failed replacement of {old.Key} was not reported");
            }
        }
    }

    private void L17_a_closed_pool_starts_nothing(Observation step)
    {
        if (!step.After.Closing)
        {
            return;
        }
        if (step.Ledger.Launches.Count > 0 || (step.Input.Kind == StepKind.Submit && step.Admission.Accepted))
        {
            throw Broken("a closed pool started a worker or accepted a call");
        }
        long end = step.Ledger.ShutdownAt + plan.StopTimeout + (2 * plan.KillTimeout) + Grain;
        bool late = step.Input.Kind == StepKind.Tick && step.Now >= end;
        if (late && step.After.State != PoolState.Stopped)
        {
            throw Broken(
                $"{step.Now - step.Ledger.ShutdownAt} after its shutdown the pool has not stopped",
                nameof(L17_after_the_end_nothing_is_left));
        }
        if (step.After.State == PoolState.Stopped && (step.After.Calls.Count > 0 || step.Ledger.Calls.Values.Any(static c => !c.IsOver)))
        {
            throw Broken("the pool has stopped and calls are left");
        }
    }
}
