using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>What must come to pass in the end.</content>
internal sealed partial class Invariants
{
    /// <summary>Long after the last fault every slot serves and nobody waits for anything.</summary>
    public void L15_the_pool_heals_when_faults_end(PoolView view, Ledger ledger)
    {
        for (int slot = 0; slot < plan.Size; slot++)
        {
            WorkerView? worker = Observation.Find(view, slot, WorkerRole.Current);
            if (worker is not { Phase: WorkerPhase.Serving } || (plan.MaxRequests > 0 && worker.Value.Requests >= plan.MaxRequests))
            {
                throw Broken($"slot {slot} does not serve: {worker}");
            }
        }
        if (view.State != PoolState.Ready || view.Queue.Count > 0 || ledger.OpenRecycleRequests.Count > 0)
        {
            throw Broken($"the pool is {view.State}, {view.Queue.Count} calls wait, {ledger.OpenRecycleRequests.Count} recycle requests are open");
        }
    }

    /// <summary>After the longest time a shutdown may take: stopped, every call told, every process gone that could be killed.</summary>
    public static void L17_after_the_end_nothing_is_left(PoolView view, Ledger ledger, IReadOnlyList<WorkerKey> alive, IReadOnlySet<WorkerKey> givenUp)
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
