using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>The kernel's counts agree with the ledger's, and the kernel ignores stale news.</content>
internal sealed partial class Invariants
{
    private static void A3_stale_news_changes_nothing(Observation step)
    {
        // While a session moves, every step looks for a worker with room, and finds out that one has stalled meanwhile.
        bool isMoving = step.Before.Workers.Exists(static worker => worker.Gives || worker.Expects || worker.Moves);
        if (step.Ledger.IsStale && !step.ChangesNothing && !(isMoving && step.ChangesOnlyStalls))
        {
            throw Broken($"{step.Input} was stale and changed something: {step.Difference}");
        }
    }

    private void Counts_agree_with_the_books(Observation step)
    {
        PoolView view = step.After;
        foreach (WorkerView worker in view.Workers)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            int open = record.Calls.Count(static c => !c.IsOver);
            if (worker.Load != record.Calls.Count || worker.OpenCalls != open || worker.Requests != record.Requests)
            {
                throw Broken($"{worker} should have {record.Calls.Count} calls, {open} open, {record.Requests} so far");
            }
            bool mayTake = worker is { Phase: WorkerPhase.Serving, Role: WorkerRole.Current }
                && worker.Load < plan.Capacity
                && !step.Ledger.IsTainted(worker.Key)
                && !IsExhausted(worker.Requests)
                && worker is { Expects: false, Moves: false }
                && record is { NeedsLook: false, LookSince: < 0 };
            if (worker.Available && !mayTake)
            {
                throw Broken($"{worker} is on offer");
            }
            if (mayTake && open == worker.Load && !worker.Available)
            {
                throw Broken($"{worker} is free, and not on offer");
            }
        }
        CheckCalls(step);
    }

    private static void CheckCalls(Observation step)
    {
        int live = 0;
        foreach (CallView call in step.After.Calls)
        {
            bool known = step.Ledger.Calls.TryGetValue(call.Key, out CallRecord? record)
                && record.IsOver != call.Open && (record.Worker?.Key ?? default) == call.Worker && record.Attempts == call.Attempts;
            if (!known)
            {
                throw Broken($"{call} is not what the books say", nameof(Counts_agree_with_the_books));
            }
            live++;
        }
        foreach (CallRecord record in step.Ledger.Calls.Values)
        {
            live -= record is { IsOver: true, Worker: null } ? 0 : 1;
        }
        if (live != 0 || step.After.Queue.Count != step.After.Calls.Count(static c => c.Phase == CallPhase.Queued && c.Target.IsNone))
        {
            throw Broken("the kernel knows other calls than the books", nameof(Counts_agree_with_the_books));
        }
    }

    private void State_follows_from_the_workers(Observation step)
    {
        PoolView view = step.After;
        WorkerView[] present = [.. view.Workers.Where(w => w.Role == WorkerRole.Current && !IsExhausted(w.Requests))];
        int serving = present.Count(w => !step.Ledger.IsTainted(w.Key));
        int least = step.Ledger.LeastReady;
        bool possible = view.State switch
        {
            PoolState.Stopped => view.Closing && view.Workers.Count == 0,
            PoolState.Stopping => view.Closing && view.Workers.Count > 0,
            PoolState.Ready => !view.Closing
                && serving >= least
                && (serving > 0 || !view.Workers.Exists(static w => w.Role == WorkerRole.Current))
                && !(MustBrake(step) && serving > 0),
            PoolState.Degraded => !view.Closing
                && (serving < Math.Max(1, least) || MayBrake(step) || step.NextWake < step.Now), // a late tick may end the state
            PoolState.Failing => !view.Closing && present.Length == 0 && step.Ledger.StartFailures > 0,
            PoolState.Starting => !view.Closing && serving == 0,
            _ => false,
        };
        if (!possible || serving != view.Ready)
        {
            throw Broken($"the pool is {view.State} with {serving} of {least} workers serving ({view.Ready} counted)");
        }
        // The last worker may have left after the failure, for a reason of its own.
        bool lastWent = step.Effects.Any(e => e.Kind is EffectKind.Send or EffectKind.WorkerDraining
            || (e.Kind == EffectKind.Kill && Observation.Find(step.Before, e.Worker) is { Role: WorkerRole.Current }));
        bool hopeless = step.Ledger.IsHopeless
            && present.Length == 0
            && !lastWent
            && !view.Workers.Exists(static w => w.Role == WorkerRole.Next)
            && step.Effects.Any(static e => e.Kind == EffectKind.StartFailed);
        if (hopeless && !view.Closing && view.State != PoolState.Failing)
        {
            throw Broken($"no worker serves or starts, starting one is of no use, and the pool is {view.State}");
        }
    }
}
