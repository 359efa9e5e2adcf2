using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The slots and their workers, how many workers there are to be, and when the next due time comes. The counts are kept with the state: a
/// slot that has changed is examined again before the next query is answered. So an event costs the same in a pool of ten as in one of ten
/// thousand.
/// </summary>
internal sealed class Roster
{
    private const int FactCount = (int)SlotFact.Troubled + 1;
    private readonly PoolPlan _plan;
    private readonly PoolStatus _status;
    private readonly Agenda _agenda;
    private readonly SlotSet[] _sets = new SlotSet[FactCount];
    private readonly WakeTree _wakes = new();
    private readonly List<SlotNode> _changed = [];
    private SlotNode[] _slots = [];
    private uint[] _facts = []; // by slot, as of its last examination
    private bool[] _isChanged = [];

    public Roster(PoolPlan plan, PoolStatus status, Agenda agenda)
    {
        _plan = plan;
        _status = status;
        _agenda = agenda;
        Target = plan.Size;
        for (int i = 0; i < FactCount; i++)
        {
            _sets[i] = new SlotSet();
        }
        Grow(Target + plan.Spares);
    }

    /// <summary>The number of workers that the pool is to have.</summary>
    public int Target { get; set; }

    /// <summary>The number of those workers that rest because there are no calls.</summary>
    public int Resting { get; set; }

    /// <summary>The last time at which a worker became ready or an old one had ended.</summary>
    public long ProgressAt { get; set; }

    /// <summary>Whether <see cref="Target"/> follows the load.</summary>
    public bool IsScaling => _plan.IsScaling;

    public int WantedServing => Target - Resting;

    public int LeastReady => Math.Min(_plan.MinReady, Target);

    /// <summary>The number of workers that may be replaced at once by the options of the pool.</summary>
    public int RecycleBudget => _plan.MaxConcurrentRecycles > 0 ? _plan.MaxConcurrentRecycles : Math.Max(1, Target / 10);

    public bool MayRest => _plan.IdleTimeout > 0 && !_status.IsClosing;

    public ReadOnlySpan<SlotNode> Slots => _slots;

    /// <summary>The number of slots that have a worker, or whose worker has not ended yet before the next may start.</summary>
    public int CountTaken => _slots.Length - Count(SlotFact.Free);

    public int Count(SlotFact fact)
    {
        Refresh();
        return _sets[(int)fact].Count;
    }

    public bool Any(SlotFact fact) => Count(fact) > 0;

    /// <summary>
    /// Returns the slots for which the fact holds, in order. They may change meanwhile: each is examined again when its turn comes.
    /// </summary>
    public Selection Each(SlotFact fact) => new(this, fact);

    /// <summary>Returns the first slot from <paramref name="index"/> on for which the fact holds.</summary>
    public SlotNode? Next(SlotFact fact, int index = 0)
    {
        Refresh();
        return index < _slots.Length && _sets[(int)fact].Next(index) is >= 0 and var next ? _slots[next] : null;
    }

    public WorkerNode? Find(WorkerKey key) => (uint)key.Slot < (uint)_slots.Length ? _slots[key.Slot].Find(key.Generation) : null;

    /// <summary>Returns all slots, or one of them.</summary>
    public ReadOnlySpan<SlotNode> Select(int slot) => slot < 0 ? _slots : _slots.AsSpan(slot, 1);

    /// <summary>Adds slots up to that number. Slots are never removed.</summary>
    public void Grow(int slots)
    {
        int count = _slots.Length;
        if (slots <= count)
        {
            return;
        }
        Array.Resize(ref _slots, slots);
        Array.Resize(ref _facts, slots);
        Array.Resize(ref _isChanged, slots);
        foreach (SlotSet set in _sets)
        {
            set.Grow(slots);
        }
        _wakes.Grow(slots);
        for (int i = count; i < slots; i++)
        {
            _slots[i] = new SlotNode(i, _plan, this) { Generation = _plan.EarlierGenerations };
            _slots[i].Changed();
        }
    }

    /// <summary>The slot is examined again before the next query is answered.</summary>
    public void NoteChange(SlotNode slot)
    {
        if (!_isChanged[slot.Index])
        {
            _isChanged[slot.Index] = true;
            _changed.Add(slot);
            _agenda.Wake = true;
        }
    }

    /// <summary>All slots are examined again.</summary>
    public void ChangeAll() => Array.ForEach(_slots, static slot => slot.Changed());

    /// <summary>Removes a worker from service in its slot. Its node stays until its process has exited.</summary>
    public static void TakeOutOfService(WorkerNode worker, Reason reason)
    {
        SlotNode slot = worker.Slot;
        worker.Exit.Reason = reason;
        TakeOut(slot, worker);
        if (!slot.Leaving.Contains(worker))
        {
            slot.Leaving.Add(worker);
        }
    }

    /// <summary>Removes a worker that has ended.</summary>
    public static void Remove(WorkerNode worker)
    {
        TakeOut(worker.Slot, worker);
        worker.Slot.Leaving.Remove(worker);
    }

    /// <summary>The time at which something of a worker may be due. It may be too early, never too late.</summary>
    public long EarliestWake
    {
        get
        {
            Refresh();
            return _wakes.Earliest;
        }
    }

    /// <summary>Returns the first slot from <paramref name="index"/> on of which something is due.</summary>
    public SlotNode? NextDue(long now, int index)
    {
        Refresh();
        if (_wakes.NextDue(index, now) is not (>= 0 and var due))
        {
            return null;
        }
        _slots[due].Changed();
        return _slots[due];
    }

    /// <summary>Moves the earliest wake to its present time. Due times that are postponed are not examined before.</summary>
    public void CorrectEarliestWake()
    {
        for (long earliest = EarliestWake; earliest != long.MaxValue; earliest = _wakes.Earliest)
        {
            int slot = _wakes.NextDue(0, earliest);
            long wake = WakeOf(_slots[slot]);
            if (wake == earliest)
            {
                break;
            }
            _wakes.Set(slot, wake);
        }
    }

    /// <summary>Returns whether the counts agree with the state, and nothing is due before the earliest wake.</summary>
    public bool IsConsistent()
    {
        Refresh();
        foreach (SlotNode slot in _slots)
        {
            if (_facts[slot.Index] != SlotFacts.Of(slot, _plan) || WakeOf(slot) < _wakes[slot.Index])
            {
                return false;
            }
        }
        return true;
    }

    public void Exchange(KernelImage image)
    {
        Target = image.Of(Target);
        Resting = image.Of(Resting);
        ProgressAt = image.Of(ProgressAt);
        int count = image.Of(_slots.Length); // a kernel with a larger plan has more slots
        Grow(count);
        foreach (SlotNode slot in _slots.AsSpan(0, count))
        {
            slot.Exchange(image);
        }
        foreach (SlotNode slot in _slots.AsSpan(0, count))
        {
            slot.Current?.Exchange(image);
            slot.Next?.Exchange(image);
            foreach (WorkerNode leaving in slot.Leaving)
            {
                leaving.Exchange(image);
            }
        }
        Refresh();
        foreach (SlotNode slot in _slots.AsSpan(0, count))
        {
            _wakes.Set(slot.Index, image.Of(_wakes[slot.Index])); // it may be too early
        }
    }

    /// <summary>The longest time that a recycle request may take: the longest pause and the longest start.</summary>
    private long Patience => PoolKernel.SafeAdd(_plan.BootTimeout, _plan.MaxBackoff + (long)(_plan.MaxBackoff * _plan.Jitter));

    /// <summary>
    /// Returns the time at which the request is given up. Each replacement that succeeds brings its turn nearer. long.MaxValue when no
    /// request waits for its turn here.
    /// </summary>
    public long EndOfPatience(SlotNode slot) =>
        slot.IsAwaited ? PoolKernel.SafeAdd(Math.Max(slot.AskedAt, ProgressAt), Patience) : long.MaxValue;

    /// <summary>Returns the time from which a worker may be replaced for a reason that a new one may have as well.</summary>
    public long LeastLifeEnds(WorkerNode worker) => PoolKernel.SafeAdd(worker.Times.ServingSince, _plan.MinLifetime);

    private static void TakeOut(SlotNode slot, WorkerNode worker)
    {
        if (slot.Current == worker)
        {
            slot.Current = null;
        }
        else if (slot.Next == worker)
        {
            slot.Next = null;
        }
        slot.Changed();
    }

    private void Refresh()
    {
        if (_changed.Count == 0)
        {
            return;
        }
        foreach (SlotNode slot in _changed)
        {
            uint facts = SlotFacts.Of(slot, _plan);
            for (uint rest = facts ^ _facts[slot.Index]; rest != 0; rest &= rest - 1)
            {
                int fact = BitOperations.TrailingZeroCount(rest);
                if ((facts & (1u << fact)) != 0)
                {
                    _sets[fact].Add(slot.Index);
                }
                else
                {
                    _sets[fact].Remove(slot.Index);
                }
            }
            _facts[slot.Index] = facts;
            _isChanged[slot.Index] = false;
            _wakes.Set(slot.Index, WakeOf(slot));
        }
        _changed.Clear();
    }

    /// <summary>
    /// Computes the first due time of the slot and its workers. For idle workers only the earliest possible time is known, because the
    /// roster is not told of calls.
    /// </summary>
    private long WakeOf(SlotNode slot)
    {
        long wake = slot.IsTainted && !_status.IsClosing ? slot.TaintedUntil : long.MaxValue;
        if (slot.Next is { } next)
        {
            wake = Math.Min(wake, Math.Min(next.Due.Phase, next.Due.Next));
        }
        if (slot.Current is { } current && !_status.IsClosing)
        {
            wake = Math.Min(wake, Math.Min(current.Due.Next, EndOfPatience(slot)));
            wake = current.Limits.Held != Reason.None ? Math.Min(wake, LeastLifeEnds(current)) : wake;
            wake = MayRest ? Math.Min(wake, current.Times.IdleSince + _plan.IdleTimeout) : wake;
        }
        foreach (WorkerNode worker in slot.Leaving)
        {
            wake = Math.Min(wake, Math.Min(worker.Due.Phase, worker.Due.Look));
        }
        return wake;
    }

    /// <summary>Allows foreach.</summary>
    public readonly struct Selection(Roster roster, SlotFact fact)
    {
        public Enumerator GetEnumerator() => new(roster, fact);
    }

    public struct Enumerator(Roster roster, SlotFact fact)
    {
        private int _next;

        public SlotNode Current { get; private set; } = null!;

        public bool MoveNext()
        {
            if (roster.Next(fact, _next) is not { } slot)
            {
                return false;
            }
            Current = slot;
            _next = slot.Index + 1;
            return true;
        }
    }
}
