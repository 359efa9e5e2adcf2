using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>How many calls a worker runs, and what happens to workers whose replacement cannot start.</content>
internal sealed partial class Invariants
{
    private bool IsUsedUp(long requests) => plan.MaxRequests > 0 && requests >= plan.MaxRequests;

    /// <summary>True when a worker with that many calls takes no more.</summary>
    private bool IsExhausted(long requests) => plan.StrictMaxRequests && IsUsedUp(requests);

    private void Recycle_triggers_strict_max_requests_never_overshoots(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(static send => send.Call.CheckOf.IsNone)) // neither checks nor moves count
        {
            if (plan is { StrictMaxRequests: true, MaxRequests: > 0 } && send.Worker.Requests > plan.MaxRequests)
            {
                throw Broken($"{send.Worker.Key} was given call {send.Worker.Requests}, its limit is {plan.MaxRequests}");
            }
        }
    }

    private void Recycle_triggers_max_requests_is_exceeded_only_without_a_ready_replacement(Observation step)
    {
        if (step.After.Closing)
        {
            return;
        }
        List<SendFact> sends = step.Ledger.Sends;
        for (int i = 0; i < sends.Count; i++)
        {
            SendFact send = sends[i];
            int later = sends.Skip(i + 1).Count(other => other.Worker == send.Worker && other.Call.CheckOf.IsNone);
            long number = send.Worker.Requests - later;
            if (plan.MaxRequests == 0 || !send.Call.CheckOf.IsNone || number <= plan.MaxRequests || step.Ledger.IsBound(send.Call))
            {
                continue;
            }
            if (Observation.Find(step.Before, send.Worker.Key.Slot, WorkerRole.Next) is { Phase: WorkerPhase.Ready } next
                && next.Key != send.Worker.Key)
            {
                throw Broken($"{send.Worker.Key} was given call {number} though {next.Key} was ready");
            }
        }
        foreach (WorkerView worker in step.After.Workers.Where(w => w.Role == WorkerRole.Current && IsUsedUp(w.Requests)))
        {
            bool isReady = Observation.Find(step.After, worker.Key.Slot, WorkerRole.Next) is { Phase: WorkerPhase.Ready };
            if (isReady || worker.ReplaceReason == Reason.None || worker.DueSince > step.Now)
            {
                string replacement = isReady ? "ready" : $"wanted for {worker.ReplaceReason}";
                throw Broken($"{worker.Key} has had {worker.Requests} calls, its replacement is {replacement}, and it serves on");
            }
        }
    }

    private void L10_max_requests_never_makes_a_pool_smaller(Observation step)
    {
        IEnumerable<WorkerView> usedUp = step.After.Workers.Where(w =>
            w.Role == WorkerRole.Current && IsUsedUp(w.Requests) && !IsExhausted(w.Requests));
        foreach (WorkerView worker in usedUp)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            bool hasRoom = record.Calls.Count < plan.Capacity
                && record.Calls.TrueForAll(static call => !call.IsOver)
                && !step.Ledger.IsTainted(worker.Key)
                && worker is { Expects: false, Moves: false }
                && record is { NeedsLook: false, LookSince: < 0 };
            if (hasRoom && !worker.Available)
            {
                throw Broken($"{worker.Key} has had {worker.Requests} calls and takes no more, and nobody has replaced it");
            }
            int sound = step.After.Workers.Count(w =>
                w.Role == WorkerRole.Current && !step.Ledger.IsTainted(w.Key) && !IsExhausted(w.Requests));
            if (step.After.Ready < sound)
            {
                throw Broken(
                    $"{worker.Key} has had {worker.Requests} calls, and only {step.After.Ready} of {sound} workers count as ready");
            }
        }
    }

    private static void L10_workers_that_serve_on_in_vain_are_told_once(Observation step)
    {
        int told = step.Effects.Count(static e => e.Kind == EffectKind.ReplacementOverdue);
        bool hasLeft = step.Effects.Any(e => e.Kind == EffectKind.ReplacementOverdue
            && step.Ledger.Workers[e.Worker].FailedReplacements > 0
            && Observation.Find(step.After, e.Worker) is not { Role: WorkerRole.Current }); // after the report, within the same step
        if (told > (step.Ledger.StaysOverdue ? 0 : 1) || (told > 0 && !step.Ledger.IsOverdue && !hasLeft))
        {
            string problem = step.Ledger.StaysOverdue ? "again" : "without one that failed";
            throw Broken($"a replacement that is overdue was told {told} times, {problem}");
        }
        if (told == 0 && step.Ledger.IsOverdue && !step.Ledger.WasOverdue && !step.After.Closing)
        {
            throw Broken("a worker serves on because its replacement cannot start, and nobody was told");
        }
    }

    /// <summary>An exhausted worker is replaced at once unless something other than the budget prevents a start.</summary>
    private void L9_an_exhausted_worker_waits_for_no_budget(Observation step)
    {
        PoolView view = step.After;
        int mostStarts = step.Ledger.DoubtedAt is null ? plan.MaxConcurrentStarts : Math.Min(plan.MaxConcurrentStarts, MaxUnproven);
        // While starts fail, one start finds out for all.
        bool isTrying = step.Ledger.Rows.Exists(row =>
            !Ledger.IsBrake(row.Reason) && (step.Now <= row.LatestEnd || CountStarting(step) > 0));
        bool mayStart = !view.Closing
            && step.Ledger.MayStart
            && !step.Ledger.StopsFirst
            && step.NextWake > step.Now
            && CountStarting(step) < mostStarts
            && !isTrying
            && CountPlaces(step) >= view.Target - view.Resting + plan.Spares;
        foreach (WorkerView worker in view.Workers.Where(w => mayStart && w.Role == WorkerRole.Current && IsExhausted(w.Requests)))
        {
            bool isHeld = worker.ReplaceReason.Is(ReasonTrait.IsTriedFirst)
                || MayBeHeldBack(step, worker.Key.Slot, worker.ReplaceReason)
                || step.Ledger.SlotRows.Exists(own => own.Slot == worker.Key.Slot && step.Now <= own.Row.LatestEnd);
            if (!isHeld && Observation.Find(view, worker.Key.Slot, WorkerRole.Next) is null)
            {
                throw Broken($"{worker.Key} takes no more calls, and its replacement waits for others");
            }
        }
    }
}
