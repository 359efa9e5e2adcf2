using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>P8, P9: calls that wait in the channels of busy workers, and how they come back.</content>
internal sealed partial class Invariants
{
    /// <summary>Returns the calls that a worker runs, as far as the host can know.</summary>
    private IEnumerable<CallRecord> Begun(WorkerRecord worker) => worker.Calls.Take(plan.Capacity);

    private bool HasBegun(CallRecord call) => Begun(call.Worker!).Contains(call);

    private void P8_only_calls_of_fast_tools_wait_in_channels(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(s => s.Ahead >= plan.Capacity))
        {
            foreach (CallRecord call in send.Worker.Calls.Take(send.Ahead + 1))
            {
                if (call.Spec.Tool == 0 || step.Ledger.PaceOf(call.Spec.Tool).IsSlow)
                {
                    throw Broken($"{send.Call.Key} waits in {send.Worker.Key}, which has {call.Key} of slow tool {call.Spec.Tool}");
                }
                if (call.IsOver && !step.Ledger.Completions.Exists(c => c.Call == call))
                {
                    throw Broken($"{send.Call.Key} waits in {send.Worker.Key}, which has {call.Key} that nobody waits for");
                }
            }
        }
    }

    private void P8_what_waits_in_a_channel_is_bounded(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(s => s.Ahead >= plan.Capacity))
        {
            double work = Held(send).Sum(static call => call.Work);
            long bytes = Held(send).Skip(plan.Capacity).Sum(static call => (long)call.Spec.Bytes);
            if (work > plan.MaxHeldWork + send.Ahead + 1.01) // the kernel rounds the work of each call down
            {
                throw Broken($"{send.Worker.Key} holds work of {work}, the limit is {plan.MaxHeldWork}");
            }
            if (bytes > plan.MaxWaitingBytes)
            {
                throw Broken($"{bytes} bytes wait in {send.Worker.Key}, the limit is {plan.MaxWaitingBytes}");
            }
        }

        static IEnumerable<CallRecord> Held(SendFact send) => send.Worker.Calls.Take(send.Ahead + 1);
    }

    private void P8_an_idle_worker_comes_first_then_the_least_loaded(Observation step)
    {
        for (int i = 0; i < step.Ledger.Sends.Count; i++)
        {
            SendFact send = step.Ledger.Sends[i];
            if (send.Ahead < plan.Capacity)
            {
                continue;
            }
            foreach (WorkerView idle in step.After.Workers)
            {
                if (idle.Available && Observation.Find(step.Before, idle.Key) is { Available: true })
                {
                    throw Broken($"{send.Call.Key} was sent to {send.Worker.Key}, while {idle.Key} was free");
                }
            }
            bool isAtItsOwn = step.Ledger.SessionSends.Exists(s => s.Call == send.Call && s.Before == send.Worker);
            if (!isAtItsOwn && FindRoom(step, send.Call, send.Ahead, i) is { } better
                && Observation.Find(step.Before, better.Key) is { Role: WorkerRole.Current })
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key} behind {send.Ahead} calls, {better.Key} had fewer");
            }
        }
    }

    private void P8_a_channel_with_room_is_used(Observation step)
    {
        if (!step.After.NextCall.IsNone
            && step.Ledger.Calls[step.After.NextCall] is { SawOneLeave: false } head
            && FindRoom(step, head, int.MaxValue, step.Ledger.Sends.Count) is { } worker)
        {
            throw Broken($"{head.Key} waits in the queue, and {worker.Key} with {worker.Calls.Count} calls has room for it");
        }
    }

    /// <summary>
    /// Finds a worker of less load that had room for the call before a send. Returns null also when that is not certain: the kernel asks
    /// only one of the workers with the same load.
    /// </summary>
    private WorkerRecord? FindRoom(Observation step, CallRecord call, int load, int send)
    {
        if (call.Spec.Tool == 0 || !step.Ledger.PaceOf(call.Spec.Tool).IsFast || step.Ledger.IsBound(call))
        {
            return null;
        }
        (WorkerRecord Worker, CallRecord[] Held)[] open = [.. step.After.Workers
            .Where(w => w is { Role: WorkerRole.Current, Phase: WorkerPhase.Serving, Stalled: false, Expects: false, Moves: false }
                && !step.Ledger.IsTainted(w.Key)
                && step.Ledger.Workers[w.Key] is { NeedsLook: false, LookSince: < 0 }
                && !HasLane(step.Before, w.Key) && !HasLane(step.After, w.Key))
            .Select(w => (step.Ledger.Workers[w.Key], HeldBefore(step, step.Ledger.Workers[w.Key], send)))
            .Where(w => w.Item2.Length < load && w.Item2.Length >= plan.Capacity && MayHoldMore(step, w.Item1, w.Item2))];
        if (open.Length == 0)
        {
            return null;
        }
        int least = open.Min(static w => w.Held.Length);
        bool certain = open.Where(w => w.Held.Length == least).All(w => HasRoom(step, w.Worker, w.Held, call));
        return certain ? open.First(w => w.Held.Length == least).Worker : null;
    }

    /// <summary>Calls wait for the worker and no other, so no others wait in its channel.</summary>
    private static bool HasLane(PoolView view, WorkerKey worker) =>
        view.Calls.Exists(call => call.Phase == CallPhase.Queued && call.Target == worker);

    private static CallRecord[] HeldBefore(Observation step, WorkerRecord worker, int send) =>
        [.. worker.Calls.SkipLast(step.Ledger.Sends.Skip(send).Count(s => s.Worker == worker))];

    /// <summary>True when the worker may take another call of a fast tool.</summary>
    private bool MayHoldMore(Observation step, WorkerRecord worker, CallRecord[] held) =>
        held.Length < plan.Capacity + step.Ledger.DepthOf(worker)
        && !IsExhausted(worker.Requests)
        && Array.TrueForAll(held, c => !c.IsOver && c.Spec.Tool > 0 && !step.Ledger.PaceOf(c.Spec.Tool).IsSlow);

    private bool HasRoom(Observation step, WorkerRecord worker, CallRecord[] held, CallRecord call) =>
        step.Now < worker.ProgressAt + plan.StallCheck
        && Array.TrueForAll(held, c => step.Ledger.PaceOf(c.Spec.Tool).IsFast)
        && held.Sum(static c => c.Work) + step.Ledger.PaceOf(call.Spec.Tool).Mean + plan.CallOverhead <= plan.MaxHeldWork
        && held.Skip(plan.Capacity).Sum(static c => (long)c.Spec.Bytes) + call.Spec.Bytes <= plan.MaxWaitingBytes;

    private void P9_a_recalled_call_goes_on(Observation step)
    {
        if (step.Ledger.Recalled is not { } recalled)
        {
            return;
        }
        CallRecord call = recalled.Call;
        bool known = step.After.Calls.Exists(c => c.Key == call.Key);
        if (recalled.WasOver)
        {
            if (known)
            {
                throw Broken($"{call.Key} came back and nobody waits for it, but it is kept");
            }
            return;
        }
        int ended = step.Ledger.Completions.FindIndex(c => c.Call == call);
        Outcome outcome = ended < 0 ? Outcome.None : step.Ledger.Completions[ended].Outcome;
        bool excused = outcome switch
        {
            Outcome.None => known,
            Outcome.WorkerLostNotStarted => HasLostWorker(step, call),
            Outcome.PoolStopping => step.After.Closing,
            Outcome.PoolFailing => step.Before.State == PoolState.Failing,
            Outcome.DeadlineInQueue => step.Now >= call.Spec.Deadline,
            Outcome.Cancelled => !call.CheckOf.IsNone,
            Outcome.TooLate => plan.RejectLate,
            Outcome.Quarantined => step.Ledger.IsQuarantined(call.Spec.Input, step.Now),
            _ => false,
        };
        if (!excused)
        {
            throw Broken($"{call.Key} came back from {recalled.Worker.Key} and was dropped ({outcome})");
        }
        bool sent = step.Ledger.Sends.Exists(s => s.Call == call);
        if (!sent && step.After.Calls.Exists(c => c.Key == call.Key && c.Phase == CallPhase.Assigned))
        {
            throw Broken($"{call.Key} came back from {recalled.Worker.Key}, and counts as its call");
        }
    }

    private void P9_a_recalled_call_keeps_its_place(Observation step)
    {
        if (step.Ledger.Recalled is not { } recalled || step.After.Queue.IndexOf(recalled.Call.Key) is not (>= 0 and var place))
        {
            return;
        }
        for (int i = 0; i < step.After.Queue.Count; i++)
        {
            CallRecord other = step.Ledger.Calls[step.After.Queue[i]];
            if (i != place && LaneOf(other) == LaneOf(recalled.Call) && i < place != other.Order < recalled.Call.Order)
            {
                throw Broken($"{recalled.Call.Key} came back and waits on the wrong side of {step.After.Queue[i]}");
            }
        }
    }

    private static void P9_a_recall_is_no_attempt(Observation step)
    {
        if (step.Ledger.Recalled is not { } recalled)
        {
            return;
        }
        foreach (CallView call in step.After.Calls)
        {
            if (call.Key == recalled.Call.Key && call.Attempts != recalled.Call.Attempts)
            {
                throw Broken($"{call.Key} came back unbegun and has {call.Attempts} attempts, it had {recalled.Call.Attempts} before");
            }
        }
    }

    private static void L9_a_recalled_call_gives_its_count_back(Observation step)
    {
        if (step.Ledger.Recalled is { } recalled
            && Observation.Find(step.After, recalled.Worker.Key) is { } worker
            && worker.Requests != recalled.Worker.Requests)
        {
            throw Broken(
                $"{recalled.Call.Key} came back, and {worker.Key} counts {worker.Requests} calls instead of {recalled.Worker.Requests}");
        }
    }

    private void P9_no_call_waits_behind_a_stalled_worker(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            bool exists = Observation.Find(step.Before, effect.Worker) is not null;
            if (effect.Kind == EffectKind.Recall && !(exists && step.Ledger.Workers[effect.Worker].CanRecall))
            {
                throw Broken($"{effect.Worker} was asked for its calls, which it cannot give");
            }
        }
        foreach (WorkerRecord worker in step.Ledger.Workers.Values)
        {
            if (worker.IsGone || worker.Calls.Count <= plan.Capacity)
            {
                continue;
            }
            long due = Math.Max(worker.ProgressAt, worker.RecalledAt) + plan.StallCheck;
            if (step.NextWake > due || (step.Input.Kind == StepKind.Tick && step.Now >= due))
            {
                throw Broken($"{worker.Calls.Count} calls are with {worker.Key}, which makes no progress since {worker.ProgressAt}");
            }
        }
    }

    private void P9_a_call_that_has_not_begun_kills_nobody(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is not { Kind: EffectKind.Kill, Reason: Reason.CancelGrace } || plan.Capacity > 1)
            {
                continue;
            }
            CallRecord? running = step.Ledger.Workers[effect.Worker].Calls.FirstOrDefault();
            if (running is not { IsOver: true } || step.Now < Math.Max(running.OverAt, running.BegunAt) + plan.CancelGrace)
            {
                throw Broken($"{effect.Worker} was killed for a call, and runs {running?.Key}, which is not overdue");
            }
        }
        foreach (WorkerView worker in step.After.Workers)
        {
            if (worker.ReplaceReason == Reason.CancelGrace && plan.Capacity == 1)
            {
                throw Broken($"{worker.Key} is to be replaced because of a call that it has not begun");
            }
        }
    }

    private static void P9_a_reply_ends_a_stall(Observation step)
    {
        if (step.Ledger.Replied is not null && Observation.Find(step.After, step.Input.Worker) is { Stalled: true } worker)
        {
            throw Broken($"{worker.Key} has answered, and counts as stalled");
        }
    }

    private void L17_a_pool_that_drains_keeps_workers_for_what_may_come_back(Observation step)
    {
        long end = step.Ledger.ShutdownAt + Math.Max(0, plan.StopTimeout - plan.KillTimeout);
        bool mayComeBack = plan.DrainQueueOnStop
            && step.Now < end
            && step.Ledger.Workers.Values.Any(w => !w.IsGone && w.Calls.Count > plan.Capacity);
        foreach (WorkerView worker in step.Before.Workers)
        {
            if (mayComeBack
                && worker.Role == WorkerRole.Current
                && Observation.Find(step.After, worker.Key) is { Leaving: Reason.Shutdown })
            {
                throw Broken($"{worker.Key} was sent away while calls wait in channels");
            }
        }
    }
}
