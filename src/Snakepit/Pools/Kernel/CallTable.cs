using System.Numerics;

namespace Snakepit.Pools.Kernel;

internal enum CallPhase : byte
{
    Free,
    Queued,
    Assigned,
}

/// <summary>
/// A call and its assignment. The call has ended when <see cref="Open"/> is false; the assignment has ended when the phase leaves Assigned.
/// The entry is free when both have ended.
/// </summary>
internal struct CallState
{
    public uint Version;
    public CallPhase Phase;
    public bool Open;

    /// <summary>Whether the pool itself calls, for a health check or to move a session: that worker only, and it is no request.</summary>
    public bool IsOwn;
    public ushort Attempts;

    /// <summary>The caller's request.</summary>
    public CallSpec Spec;
    public QueueEntry Queue;
    public WheelEntry Wheel;
    public WorkerNode? Worker;

    /// <summary>The time of its last assignment to a worker.</summary>
    public long AssignedAt;

    /// <summary>Its expected work when it was assigned.</summary>
    public long Work;

    // The neighbours in the queue, in the worker's list, or (Next only) in the free list.
    public int Previous;
    public int Next;

    /// <summary>Of a free entry, only what its next call begins with.</summary>
    public void Exchange(KernelImage image)
    {
        Version = image.Of(Version);
        Phase = image.Of(Phase);
        Next = image.Of(Next);
        if (Phase == CallPhase.Free)
        {
            return;
        }
        Open = image.Of(Open);
        IsOwn = image.Of(IsOwn);
        Attempts = image.Of(Attempts);
        Spec = CallSpec.Exchange(Spec, image);
        Queue.Exchange(image);
        Wheel.Exchange(image);
        Worker = image.OfMention(Worker);
        AssignedAt = image.Of(AssignedAt);
        Work = image.Of(Work);
        Previous = image.Of(Previous);
    }
}

/// <summary>All calls that the pool knows, by index. A key contains the entry's version, so a stale key finds nothing.</summary>
internal sealed class CallTable
{
    private CallState[] _entries = new CallState[64];
    private int _free = -1;
    private int _used;

    public int Count { get; private set; }

    /// <summary>One more than the highest index ever used.</summary>
    public int Used => _used;

    public ref CallState this[int index] => ref _entries[index];

    public int Allocate()
    {
        int index = _free;
        if (index >= 0)
        {
            _free = _entries[index].Next;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _entries.Length * 2);
            }
            index = _used++;
        }
        ref CallState call = ref _entries[index];
        call.Version++;
        if (call.Version == 0)
        {
            call.Version = 1;
        }
        call.Wheel.Bucket = -1;
        Count++;
        return index;
    }

    public void Free(int index)
    {
        ref CallState call = ref _entries[index];
        call.Phase = CallPhase.Free;
        call.Open = false;
        call.Worker = null;
        call.Next = _free;
        _free = index;
        Count--;
    }

    public void Exchange(KernelImage image)
    {
        Count = image.Of(Count);
        _free = image.Of(_free);
        _used = image.Of(_used);
        if (_used > _entries.Length)
        {
            Array.Resize(ref _entries, (int)BitOperations.RoundUpToPowerOf2((uint)_used));
        }
        foreach (ref CallState call in _entries.AsSpan(0, _used))
        {
            call.Exchange(image);
        }
    }

    public CallKey KeyOf(int index) => CallKey.Create(index, _entries[index].Version);

    /// <summary>Returns the entry's index, or -1 when the call is no longer known.</summary>
    public int Find(CallKey key)
    {
        int index = key.Index;
        return (uint)index < (uint)_used && _entries[index].Version == key.Version && _entries[index].Phase != CallPhase.Free ? index : -1;
    }
}
