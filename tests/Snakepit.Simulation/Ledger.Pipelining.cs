using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Calls that wait in channels: the known run times of tools, and recalled calls.</content>
internal sealed partial class Ledger
{
    private readonly Dictionary<int, PaceRecord> _paces = [];

    /// <summary>The call that a worker gave back in this step, or null.</summary>
    public RecallFact? Recalled { get; private set; }

    /// <summary>Returns how many calls may wait in this worker's channel.</summary>
    public int DepthOf(WorkerRecord worker) =>
        plan.Capacity == 1 && plan.MaxConcurrent == 0 && worker.CanRecall ? plan.MaxDepth : 0;

    public PaceRecord PaceOf(int tool)
    {
        if (!_paces.TryGetValue(tool, out PaceRecord? pace))
        {
            _paces.Add(tool, pace = new PaceRecord());
        }
        return pace;
    }

    private void ObserveLeavers(PoolView before, PoolView after)
    {
        bool workerLeft = before.Workers.Exists(w => w.Role == WorkerRole.Current
            && (IsTainted(w.Key) || !after.Workers.Exists(v => v.Key == w.Key && v.Role == WorkerRole.Current)));
        foreach (CallKey key in workerLeft ? after.Queue : [])
        {
            Calls[key].SawOneLeave = true;
        }
    }

    private void ObserveProgress(KernelStep input, CallRecord call)
    {
        call.Worker!.ProgressAt = input.Now;
        if (call.Spec.Tool > 0 && input.RunTime >= 0)
        {
            PaceOf(call.Spec.Tool).Add(input.RunTime, plan.FastRun);
        }
    }

    private void ObserveRecalled(long now, CallRecord call)
    {
        Recalled = new RecallFact(call, call.Worker!, call.IsOver);
        call.Worker!.Requests -= call.CheckOf.IsNone ? 1 : 0;
        call.Attempts--;
        call.QueuedAt = now;
        ForgetTurns();
        Detach(now, call);
    }

    private void Detach(long now, CallRecord call)
    {
        if (call.Worker is not { } worker)
        {
            return;
        }
        bool wasFirst = worker.Calls[0] == call;
        worker.Calls.Remove(call);
        call.Worker = null;
        if (wasFirst && plan.Capacity == 1 && worker.Calls.Count > 0)
        {
            worker.Calls[0].BegunAt = now;
        }
    }
}
