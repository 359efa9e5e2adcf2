namespace Snakepit.Pools.Kernel;

/// <summary>
/// A doubly linked list through the table's entries: the pool's queue, or the calls of one worker. An entry is in at most one list.
/// </summary>
internal struct CallList
{
    private int _head;
    private int _tail;

    public static CallList Empty => new() { _head = -1, _tail = -1 };

    public readonly int First => _head;

    public int Count { get; private set; }

    public void AddLast(CallTable calls, int index) => InsertAfter(calls, _tail, index);

    /// <summary>
    /// Inserts a call at the position of its ticket. Returning calls are older than almost all others, so the search begins at the front.
    /// </summary>
    public void AddByTicket(CallTable calls, int index)
    {
        int before = -1;
        for (int i = _head; i >= 0 && calls[i].Queue.Ticket < calls[index].Queue.Ticket; i = calls[i].Next)
        {
            before = i;
        }
        InsertAfter(calls, before, index);
    }

    public void Remove(CallTable calls, int index)
    {
        ref CallState call = ref calls[index];
        if (call.Previous >= 0)
        {
            calls[call.Previous].Next = call.Next;
        }
        else
        {
            _head = call.Next;
        }
        if (call.Next >= 0)
        {
            calls[call.Next].Previous = call.Previous;
        }
        else
        {
            _tail = call.Previous;
        }
        Count--;
    }

    public void Exchange(KernelImage image)
    {
        _head = image.Of(_head);
        _tail = image.Of(_tail);
        Count = image.Of(Count);
    }

    private void InsertAfter(CallTable calls, int before, int index)
    {
        int after = before >= 0 ? calls[before].Next : _head;
        calls[index].Previous = before;
        calls[index].Next = after;
        if (before >= 0)
        {
            calls[before].Next = index;
        }
        else
        {
            _head = index;
        }
        if (after >= 0)
        {
            calls[after].Previous = index;
        }
        else
        {
            _tail = index;
        }
        Count++;
    }
}
