using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L4: which calls are accepted, and in which order waiting calls are served.</content>
internal sealed partial class Invariants
{
    private const double Margin = 1.25;
    private const double Rounding = 1;

    private void L4_the_queue_is_bounded(Observation step)
    {
        List<CallKey> queue = step.After.Queue;
        bool isSent = step.Ledger.Sends.Any(send =>
            send.Call.Key == step.Admission.Call && step.Ledger.IsBound(send.Call)); // whatever else waits
        if (step.Input.Kind != StepKind.Submit || !step.Admission.Accepted || isSent || CountWaiting(step.After) == 0)
        {
            return;
        }
        if (CountWaiting(step.After) is var waiting && waiting > plan.QueueLimit)
        {
            throw Broken($"{waiting} calls wait, the limit is {plan.QueueLimit}");
        }
        ulong key = step.Input.Spec.Key;
        if (plan.LimitPerKey > 0
            && key != 0
            && queue.Contains(step.Admission.Call)
            && queue.Count(k => step.Ledger.Calls[k].Spec.Key == key) > plan.LimitPerKey)
        {
            throw Broken($"more than {plan.LimitPerKey} calls of key {key} wait");
        }
    }

    private void L4_nobody_waits_for_nothing(Observation step)
    {
        if (step.After.Queue.Count == 0)
        {
            return;
        }
        bool mayRunMore = plan.MaxConcurrent == 0 || step.Ledger.Running < plan.MaxConcurrent;
        foreach (WorkerView worker in step.After.Workers)
        {
            if (worker.Available && mayRunMore)
            {
                throw Broken($"{step.After.Queue.Count} calls wait while {worker.Key} is free");
            }
        }
        if (step.NextWake == long.MaxValue)
        {
            throw Broken($"{step.After.Queue.Count} calls wait and nothing will ever be due");
        }
    }

    private void L4_the_queue_is_first_come_first_served(Observation step)
    {
        var last = new Dictionary<(int, ulong), long>();
        foreach (CallKey key in step.After.Queue)
        {
            bool known = step.Ledger.Calls.TryGetValue(key, out CallRecord? call);
            (int, ulong) lane = known ? LaneOf(call!) : default;
            if (!known || call!.Order <= last.GetValueOrDefault(lane, -1))
            {
                throw Broken($"{key} is out of its place in the queue");
            }
            last[lane] = call.Order;
        }
        foreach (SendFact send in step.Ledger.Sends.Where(s => s.Call.CheckOf.IsNone && !step.Ledger.IsBound(s.Call)))
        {
            foreach (CallKey key in step.After.Queue)
            {
                CallRecord waiting = step.Ledger.Calls[key];
                if (LaneOf(waiting) == LaneOf(send.Call) && waiting.Order < send.Call.Order)
                {
                    throw Broken($"{send.Call.Key} was sent before {key}, which came first");
                }
            }
        }
    }

    /// <summary>
    /// A call of priority p counts as one that came p steps earlier. Where keys take turns, that holds for the key whose turn it is.
    /// The turn is known for certain only when the key is the only one.
    /// </summary>
    private void L4_a_priority_is_a_head_start(Observation step)
    {
        if (plan.KeysTakeTurns && step.Ledger.Sends.Count != 1)
        {
            return;
        }
        foreach (SendFact send in step.Ledger.Sends.Where(s => s.Call.CheckOf.IsNone && !step.Ledger.IsBound(s.Call)))
        {
            IEnumerable<IGrouping<int, CallRecord>> levels = step.After.Queue
                .Select(key => step.Ledger.Calls[key])
                .GroupBy(static call => call.Spec.Priority);
            foreach (IGrouping<int, CallRecord> level in levels)
            {
                bool isCertain = !plan.KeysTakeTurns || level.DistinctBy(static call => call.Spec.Key).Count() == 1;
                if (isCertain && level.Key != send.Call.Spec.Priority && RankOf(level.First()) < RankOf(send.Call))
                {
                    CallRecord first = level.First();
                    throw Broken(
                        $"{send.Call.Key} of priority {send.Call.Spec.Priority} was sent before {first.Key} of priority {level.Key}");
                }
            }
        }
    }

    private void L4_keys_take_turns(Observation step)
    {
        if (plan.KeysTakeTurns && step.Ledger.Unfair is { } unfair)
        {
            throw Broken($"{unfair.Served.Key} of key {unfair.Served.Spec.Key} was sent, the second while key {unfair.Waits} waits");
        }
    }

    private void L4_no_more_calls_run_than_may(Observation step)
    {
        if (step.Ledger.Running != step.After.Running)
        {
            throw Broken($"{step.Ledger.Running} calls run, and {step.After.Running} are counted");
        }
        if (plan.MaxConcurrent > 0
            && step.Ledger.Sends.Exists(static s => s.Call.CheckOf.IsNone)
            && step.Ledger.Running > plan.MaxConcurrent)
        {
            throw Broken($"{step.Ledger.Running} calls run, {plan.MaxConcurrent} may");
        }
    }

    private void L4_nobody_is_rejected_without_need(Observation step)
    {
        if (step.Input.Kind != StepKind.Submit || step.Admission.Accepted)
        {
            return;
        }
        CallRecord[] queue = [.. step.Before.Queue.Select(key => step.Ledger.Calls[key])];
        CallSpec spec = step.Input.Spec;
        bool justified = step.Admission.Rejection switch
        {
            Outcome.QueueFull => CountWaiting(step.Before) >= plan.QueueLimit,
            Outcome.KeyQueueFull => plan.LimitPerKey > 0
                && spec.Key != 0
                && queue.Count(call => call.Spec.Key == spec.Key) >= plan.LimitPerKey,
            Outcome.WorkerLostNotStarted => !spec.Target.IsNone && !RunsBound(Observation.Find(step.Before, spec.Target)),
            Outcome.TooLate => plan.RejectLate && spec.Target.IsNone && queue.Length > 0 && WouldWaitInVain(step, queue),
            Outcome.TooManySessions or Outcome.SessionEnding or Outcome.SessionLost or Outcome.WorkerBusy => IsRefusedBySession(step),
            Outcome.DeadlineInQueue => spec.Deadline <= step.Now,
            Outcome.PoolFailing => step.Before.State == PoolState.Failing,
            Outcome.PoolStopping => step.Before.Closing,
            Outcome.Quarantined => spec.Input != 0, // L15 judges whether the input is in quarantine
            _ => false,
        };
        if (!justified)
        {
            throw Broken($"{step.Input} was rejected ({step.Admission.Rejection}) while {queue.Length} calls wait");
        }
    }

    private static int CountWaiting(PoolView view) => view.Calls.Count(static call => call.Phase == CallPhase.Queued);

    private bool WouldWaitInVain(Observation step, CallRecord[] queue)
    {
        CallSpec spec = step.Input.Spec;
        RunEstimate own = step.Ledger.EstimateOf(spec.Tool);
        RunEstimate[] ahead = [.. queue
            .Where(call => plan.KeysTakeTurns ? LaneOf(call) == (spec.Priority, spec.Key) : call.Spec.Priority >= spec.Priority)
            .Select(static call => call.Expected)];
        double mean = ahead.Sum(static run => run.Mean);
        double deviation = ahead.Sum(static run => run.Deviation);
        double certain = mean - (3 * Math.Sqrt(ahead.Sum(static run => run.Deviation * run.Deviation))) - (deviation / 4);
        bool inVain = step.Ledger.HasWaitedInVain;
        int running = (inVain ? CountSound(step) : step.Before.Target) * plan.Capacity; // a taint may end before its time
        double wait = (inVain ? mean * Margin : certain) / (plan.MaxConcurrent > 0 ? Math.Min(running, plan.MaxConcurrent) : running);
        return wait + Rounding > Math.Min(spec.Deadline - step.Now - (inVain ? own.Usual : own.Least), plan.QueueTimeout);
    }

    private static int CountSound(Observation step)
    {
        int idle = step.Before.Workers.Count(w => w.Role == WorkerRole.Current && step.Ledger.IsTainted(w.Key));
        return Math.Max(1, Math.Min(step.Before.Target - idle, step.Before.Slots.Count - step.Ledger.Tainted.Count));
    }

    private (int Priority, ulong Key) LaneOf(CallRecord call) => (call.Spec.Priority, plan.KeysTakeTurns ? call.Spec.Key : 0);

    private long RankOf(CallRecord call) => call.SubmittedAt - (call.Spec.Priority * plan.PriorityStep);
}
