using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Tainted slots, whose workers get no calls for a time.</content>
internal sealed partial class Invariants
{
    private static void Taints_no_call_goes_to_a_tainted_place(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(static s => s.Call.CheckOf.IsNone)) // health checks may go there
        {
            if (step.Ledger.IsTainted(send.Worker.Key))
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key}, whose place is tainted");
            }
        }
    }

    private static void Taints_are_those_that_were_ordered_and_end_in_time(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            long until = step.Ledger.Tainted.GetValueOrDefault(worker.Key.Slot);
            if (worker.TaintedUntil != until)
            {
                throw Broken($"the place of {worker.Key} is tainted until {worker.TaintedUntil}, it should be {until}");
            }
        }
        foreach ((int slot, long until) in step.Ledger.Tainted)
        {
            if (step.NextWake > until && !step.After.Closing)
            {
                throw Broken($"slot {slot} is tainted until {until}, NextWake is {step.NextWake}");
            }
        }
    }

    private static void Taints_are_reported_once(Observation step)
    {
        int[] reported = [.. step.Effects.Where(static e => e.Kind == EffectKind.SlotTainted).Select(static e => e.Worker.Slot)];
        if (reported.Length != step.Ledger.NewTaints.Count || !step.Ledger.NewTaints.SetEquals(reported))
        {
            throw Broken($"slots [{string.Join(", ", step.Ledger.NewTaints)}] were tainted, [{string.Join(", ", reported)}] were reported");
        }
    }

    private void Taints_calls_that_wait_in_a_channel_come_back(Observation step)
    {
        foreach (WorkerRecord worker in step.Ledger.Workers.Values.Where(w => !w.IsGone && step.Ledger.NewTaints.Contains(w.Key.Slot)))
        {
            bool serves = Observation.Find(step.After, worker.Key) is { Role: WorkerRole.Current };
            if (serves && worker.Calls.Count > plan.Capacity && !step.Has(EffectKind.Recall, worker.Key))
            {
                throw Broken(
                    $"{worker.Calls.Count} calls are with {worker.Key}, whose place is tainted, and those that wait were not recalled");
            }
        }
    }

    /// <summary>A worker begins to serve in a tainted place only when it takes over from one that serves there.</summary>
    private static void Taints_a_replacement_waits_for_the_end(Observation step)
    {
        IEnumerable<WorkerView> begun = step.After.Workers.Where(w =>
            w.Role == WorkerRole.Current && step.Ledger.IsTainted(w.Key) && IsNewIn(step, w.Key));
        foreach (WorkerView worker in begun)
        {
            if (Observation.Find(step.Before, worker.Key.Slot, WorkerRole.Current) is null
                && !step.Ledger.NewTaints.Contains(worker.Key.Slot))
            {
                throw Broken($"{worker.Key} has begun to serve, and its place is tainted");
            }
        }
    }

    private static bool IsTaintedNow(Observation step) => step.Ledger.NewTaints.Count > 0;
}
