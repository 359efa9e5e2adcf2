using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L1 to L5: the rules that callers rely on.</content>
internal sealed partial class Invariants
{
    private static void L1_every_call_has_exactly_one_outcome(Observation step)
    {
        foreach (Effect stray in step.Ledger.Strays)
        {
            if (stray.Kind == EffectKind.Complete)
            {
                throw Broken($"{stray.Call} got {stray.Outcome}, but no such call is open: never accepted, or over before");
            }
        }
        foreach (CompleteFact completion in step.Ledger.Completions)
        {
            if (completion.Again)
            {
                throw Broken($"{completion.Call.Key} got {completion.Outcome} after it was over");
            }
        }
        if (step.Ledger.Replied is { IsOver: false } replied)
        {
            throw Broken($"{replied.Key} was answered, but its caller was not told");
        }
        foreach (CallRecord call in step.Ledger.Calls.Values)
        {
            WorkerKey target = step.Ledger.TargetOf(call);
            bool waits = target.IsNone ? step.After.Queue.Contains(call.Key) : BoundTo(step, target).Contains(call);
            if (call is { IsOver: false, Worker: null } && !waits)
            {
                throw Broken($"{call.Key} has no outcome, runs nowhere and waits nowhere");
            }
        }
    }

    private void L1_an_outcome_tells_what_happened(Observation step)
    {
        foreach (CompleteFact completion in step.Ledger.Completions)
        {
            CallRecord call = completion.Call;
            JudgedFact judged = step.Ledger.Judged.Find(j => j.Call == call);
            bool asked = step.Input.Kind == StepKind.Abandon && step.Input.Call == call.Key;
            bool timedOut = step.Now >= call.Spec.Deadline || (asked && step.Input.Why == AbandonReason.TimedOut);
            bool runs = completion.Worker is not null || judged.Unkillable;
            bool right = completion.Outcome switch
            {
                Outcome.Replied => step.Ledger.Replied == call,
                Outcome.Cancelled => (asked && step.Input.Why == AbandonReason.Cancelled)
                    || (!call.CheckOf.IsNone && step.Ledger.Recalled?.Call == call),
                Outcome.DeadlineRunning => runs && timedOut,
                Outcome.DeadlineInQueue => !runs && timedOut,
                Outcome.TooLate => !runs && plan.RejectLate && step.Now > call.Spec.Deadline - call.Expected.Usual - 1,
                Outcome.QueueTimeout => !runs && step.Now >= call.QueuedAt + plan.QueueTimeout,
                Outcome.WorkerLostMayHaveRun => judged.Call is not null && judged.Begun,
                Outcome.WorkerLostNotStarted => judged.Call is not null ? !judged.Begun : !runs && HasLostWorker(step, call),
                Outcome.Quarantined => !runs && step.Ledger.IsQuarantined(completion.Call.Spec.Input, step.Now),
                Outcome.PoolFailing => !runs && step.After.State == PoolState.Failing,
                Outcome.PoolStopping => !runs && step.After.Closing,
                _ => false,
            };
            if (!right)
            {
                throw Broken($"{call.Key} got {completion.Outcome} by {step.Input}");
            }
        }
    }

    private void L2_only_serving_workers_with_room_get_calls(Observation step)
    {
        foreach (Effect stray in step.Ledger.Strays)
        {
            if (stray.Kind == EffectKind.Send)
            {
                throw Broken($"{stray.Call} was sent to {stray.Worker}: one of them does not exist");
            }
        }
        foreach (SendFact send in step.Ledger.Sends)
        {
            WorkerKey key = send.Worker.Key;
            bool isKilledLater = step.Effects.Any(e => // later in this step
                e is { Kind: EffectKind.Kill, Reason: Reason.DrainTimeout or Reason.CancelGrace or Reason.CancelKill } && e.Worker == key);
            bool wasKilled = send.Worker.WasKilled && !isKilledLater;
            if (!send.Worker.SaidReady || send.Worker.IsGone || wasKilled)
            {
                throw Broken($"{send.Call.Key} was sent to {key}, which is not ready, or gone");
            }
            if (Observation.Find(step.Before, key)?.Phase != WorkerPhase.Serving
                && Observation.Find(step.After, key)?.Phase != WorkerPhase.Serving
                && !step.Has(EffectKind.WorkerDraining, key) // a worker that drains now may have served within the step
                && !((step.Ledger.IsBound(send.Call) || step.Ledger.MoveOf(send.Call) is not null)
                    && Observation.Find(step.Before, key)?.Phase == WorkerPhase.Draining))
            {
                throw Broken($"{send.Call.Key} was sent to {key}, which does not serve");
            }
            int depth = step.Ledger.DepthOf(send.Worker);
            if (send.Worker.Calls.Count > plan.Capacity + depth)
            {
                throw Broken($"{key} has {send.Worker.Calls.Count} calls, its capacity is {plan.Capacity}, its depth {depth}");
            }
        }
    }

    private void L3_calls_are_judged_at_exit_and_never_run_twice_at_once(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends)
        {
            if (send.Before is not null)
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key} while {send.Before.Key} has it");
            }
        }
        foreach (JudgedFact judged in step.Ledger.Judged)
        {
            CallRecord call = judged.Call;
            bool completed = step.Ledger.Completions.Exists(c => c.Call == call);
            if (judged.WasOver)
            {
                continue;
            }
            int attempts = call.Attempts - (step.Ledger.Sends.Exists(s => s.Call == call) ? 1 : 0);
            bool mayRunAgain = call.CheckOf.IsNone && !step.Ledger.IsBound(call) && (judged.Begun
                ? call.Spec.Idempotent && attempts < plan.MaxAttempts && !judged.Unkillable
                : attempts < plan.MaxAssignments);
            if (!mayRunAgain && !completed)
            {
                throw Broken($"{call.Key} may have run and goes on without its worker {judged.Worker.Key}");
            }
            bool excused = step.After.Closing
                || step.Before.State == PoolState.Failing
                || step.After.State == PoolState.Failing
                || step.Now >= call.Spec.Deadline
                || step.Ledger.Completions.Exists(c => c.Call == call && c.Outcome == Outcome.TooLate)
                || step.Ledger.IsQuarantined(call.Spec.Input, step.Now);
            if (mayRunAgain && completed && !excused)
            {
                throw Broken($"{call.Key} was not run, or may run again, and ended with its worker {judged.Worker.Key}");
            }
        }
    }

    private void L4_a_call_that_waited_too_long_never_starts(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends)
        {
            if (step.Now >= send.Call.Spec.Deadline || step.Now >= send.Call.QueuedAt + plan.QueueTimeout)
            {
                throw Broken($"{send.Call.Key} was started at {step.Now}, after its time");
            }
        }
        if (step.Input.Kind != StepKind.Tick)
        {
            return;
        }
        foreach (CallKey key in step.After.Calls.Where(static call => call.Phase == CallPhase.Queued).Select(static call => call.Key))
        {
            CallRecord call = step.Ledger.Calls[key];
            if (step.Now - Grain >= Math.Min(call.Spec.Deadline, call.QueuedAt + plan.QueueTimeout))
            {
                throw Broken($"{key} still waits at {step.Now}, after its time");
            }
        }
    }

    private void L5_the_caller_is_released_at_once_and_the_worker_after_the_grace(Observation step)
    {
        foreach (CompleteFact completion in step.Ledger.Completions)
        {
            bool abandoned = completion.Outcome is Outcome.Cancelled or Outcome.DeadlineRunning && completion.Worker is not null;
            if (abandoned && !step.Effects.Any(e =>
                e.Kind == EffectKind.Cancel && e.Call == completion.Call.Key && e.Worker == completion.Worker!.Key))
            {
                throw Broken($"{completion.Call.Key} is over, but {completion.Worker!.Key} was not told to let go");
            }
        }
        if (step.Input.Kind == StepKind.Abandon && step.Ledger.Calls.TryGetValue(step.Input.Call, out CallRecord? waited) && !waited.IsOver)
        {
            throw Broken($"{waited.Key} was given up, but its caller still waits");
        }
        if (step.Input.Kind == StepKind.Tick)
        {
            foreach (CallRecord call in step.Ledger.Calls.Values)
            {
                CheckLetGo(step, call);
            }
        }
    }

    private void L5_a_tool_is_cancelled_in_its_own_way(Observation step)
    {
        foreach (Effect effect in step.Effects.Where(static e => e.Kind == EffectKind.Cancel))
        {
            CallRecord call = step.Ledger.Calls[effect.Call];
            if (effect.Interrupts != (call.Spec.Cancellation == ToolCancellation.Interrupt))
            {
                throw Broken($"{call.Key} is cancelled as if it were not {call.Spec.Cancellation}");
            }
            bool isToDie = call.Spec.Cancellation == ToolCancellation.Kill && plan.Capacity == 1;
            if (isToDie && call.Worker is { WasKilled: false, IsGone: false } worker && worker.Calls.FirstOrDefault() == call)
            {
                throw Broken($"{worker.Key} was not killed with {call.Key}");
            }
        }
        foreach (Effect effect in step.Effects.Where(static e => e is { Kind: EffectKind.Kill, Reason: Reason.CancelKill }))
        {
            CallRecord? running = step.Ledger.Workers[effect.Worker].Calls.FirstOrDefault();
            bool isMeant = running is { IsOver: true, Spec.Cancellation: ToolCancellation.Kill } && running.OverAt == step.Now;
            if (plan.Capacity == 1 && !isMeant)
            {
                throw Broken($"{effect.Worker} was killed because of a tool that it does not run: it runs {running?.Key}");
            }
        }
    }

    private void CheckLetGo(Observation step, CallRecord call)
    {
        const string rule = nameof(L5_the_caller_is_released_at_once_and_the_worker_after_the_grace);
        if (call.Worker is not { } worker)
        {
            return;
        }
        if (!call.IsOver && step.Now - Grain >= call.Spec.Deadline)
        {
            throw Broken($"{call.Key} runs at {step.Now}, after its deadline", rule);
        }
        bool overdue = call.IsOver && HasBegun(call) && step.Now - Grain >= Math.Max(call.OverAt, call.BegunAt) + plan.CancelGrace;
        if (overdue && !worker.WasKilled && Begun(worker).All(static c => c.IsOver))
        {
            throw Broken($"{worker.Key} was not killed: {call.Key} is over since {call.OverAt}", rule);
        }
        bool waits = Observation.Find(step.After, worker.Key) is { Role: WorkerRole.Current, ReplaceReason: Reason.None };
        if (overdue && waits && !step.After.Closing)
        {
            throw Broken($"{worker.Key} takes no calls because of {call.Key}, and is not to be replaced", rule);
        }
    }
}
