using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Memory beyond the soft limit: only memory that is still in use after the calls counts.</content>
internal sealed partial class Invariants
{
    private static void Recycle_triggers_a_memory_peak_that_is_over_replaces_nobody(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(send => step.Ledger.MoveOf(send.Call) is null)) // a move goes on
        {
            if (send.Worker.NeedsLook || send.Worker.LookSince >= 0)
            {
                throw Broken($"{send.Worker.Key} was given {send.Call.Key} before its memory was looked at");
            }
        }
        if (step.After.Closing)
        {
            return;
        }
        foreach (WorkerView worker in step.After.Workers.Where(static w => w.Role == WorkerRole.Current))
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            if (record.NeedsLook && record.Calls.Count == 0)
            {
                throw Broken($"{worker.Key} had too much memory, its calls are over, and nobody looks");
            }
            if (worker.ReplaceReason == Reason.MemoryThreshold
                && !record.Limits.Contains(Reason.MemoryThreshold)
                && (Observation.Find(step.After, worker.Key.Slot, WorkerRole.Next) is null
                    || Observation.Find(step.Before, worker.Key) is not { ReplaceReason: Reason.MemoryThreshold }))
            {
                throw Broken($"{worker.Key} is to be replaced for memory that it has given back, or that was not looked at since its call");
            }
        }
    }
}
