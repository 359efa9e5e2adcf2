using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>The rules about the state of a pool long after the last fault, and after its end.</content>
internal sealed partial class Invariants
{
    /// <summary>
    /// L15. Long after the last fault all workers serve, the spares are ready and nothing waits. Returns a description of what is
    /// different, or null.
    /// </summary>
    public string? IsIll(PoolView view, Ledger ledger)
    {
        WorkerView[] serving = [.. view.Workers.Where(w => w.Role == WorkerRole.Current && !IsExhausted(w.Requests))];
        int spares = view.Workers.Count(w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Ready }
            && Observation.Find(view, w.Key.Slot, WorkerRole.Current) is null);
        bool oldCode = ledger.Code == CodeState.Accepted
            && Array.Exists(serving, w => ledger.Workers[w.Key].LacksChange);
        int stopped = plan is { StopFirst: true, Ttl: > 0 } ? ledger.Refills.Count : 0; // such a pool always replaces one after another
        if (view.Target != ledger.Target || serving.Length + stopped != view.Target - view.Resting)
        {
            return $"{serving.Length} workers serve and {view.Resting} rest of {view.Target}, the target is {ledger.Target}";
        }
        if ((spares != plan.Spares && plan.Ttl is 0 or > 1_000) || oldCode) // a shorter Ttl uses up spares all the time
        {
            return $"{spares} of {plan.Spares} spares are ready{(oldCode ? ", and there are workers with the old code" : "")}";
        }
        if ((view.State != PoolState.Ready && stopped == 0)
            || view.Queue.Count > 0
            || ledger.OpenRecycleRequests.Count > 0
            || ledger.Refills.Count > stopped)
        {
            return $"the pool is {view.State}, {view.Queue.Count} calls wait, {ledger.OpenRecycleRequests.Count} recycle requests " +
                $"and {ledger.Refills.Count} refills are open";
        }
        return null;
    }

    /// <summary>
    /// After the longest time that a shutdown may take, the pool has stopped, every call has its outcome, and every process that could be
    /// killed is gone.
    /// </summary>
    public static void L17_after_the_end_nothing_is_left(
        PoolView view,
        Ledger ledger,
        IReadOnlyList<WorkerKey> alive,
        IReadOnlySet<WorkerKey> givenUp)
    {
        if (view.State != PoolState.Stopped || view.Calls.Count > 0 || ledger.Calls.Count > 0)
        {
            throw Broken($"the pool is {view.State} and {ledger.Calls.Count} calls are left");
        }
        foreach (WorkerKey worker in alive)
        {
            if (!givenUp.Contains(worker))
            {
                throw Broken($"the process of {worker} lives on, and nobody was told");
            }
        }
        if (ledger.OpenRecycleRequests.Count > 0)
        {
            throw Broken($"recycle requests of [{string.Join(", ", ledger.OpenRecycleRequests)}] were never answered");
        }
    }
}
