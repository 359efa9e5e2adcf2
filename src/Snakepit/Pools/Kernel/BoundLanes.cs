namespace Snakepit.Pools.Kernel;

/// <summary>
/// The calls that are bound to one worker: a lane for each such worker, besides the queue for all. They delay no other calls, and only
/// earlier calls for the same worker delay them.
/// </summary>
internal sealed class BoundLanes(CallTable calls, Roster roster, Agenda agenda)
{
    public int Count { get; private set; }

    public void Add(int index)
    {
        WorkerNode worker = WorkerOf(index);
        worker.Bound.Calls.AddLast(calls, index);
        NoteChange(worker, 1);
    }

    /// <summary>Returns a call that had been sent to its former position.</summary>
    public void Return(int index)
    {
        WorkerNode worker = WorkerOf(index);
        worker.Bound.Calls.AddByTicket(calls, index);
        NoteChange(worker, 1);
    }

    /// <summary>Removes a call that is sent.</summary>
    public void Remove(int index)
    {
        WorkerNode worker = WorkerOf(index);
        worker.Bound.Calls.Remove(calls, index);
        NoteChange(worker, -1);
    }

    /// <summary>Removes a call that is over: its worker may have nothing more to do.</summary>
    public void Drop(int index)
    {
        agenda.LookAt(WorkerOf(index));
        Remove(index);
    }

    /// <summary>A call that waits for any worker waits for this one from now on, in its former position.</summary>
    public void Bind(int index, WorkerNode worker)
    {
        ref CallState call = ref calls[index];
        call.Spec = call.Spec with { Target = worker.Key };
        Return(index);
        agenda.LookAt(worker);
    }

    public void CopyTo(List<CallKey> keys)
    {
        foreach (SlotNode slot in roster.Each(SlotFact.HasLane))
        {
            for (int i = 0; i < slot.HolderCount; i++)
            {
                for (int index = slot.Holder(i)?.Bound.First ?? -1; index >= 0; index = calls[index].Next)
                {
                    keys.Add(calls.KeyOf(index));
                }
            }
        }
    }

    public void Exchange(KernelImage image) => Count = image.Of(Count);

    /// <summary>A lane ends with its worker, so the worker exists.</summary>
    private WorkerNode WorkerOf(int index) => roster.Find(calls[index].Spec.Target)!;

    private void NoteChange(WorkerNode worker, int more)
    {
        Count += more;
        worker.Slot.Changed();
    }
}
