using System.Numerics;
using System.Runtime.InteropServices;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The waiting calls. A call of priority p counts as one that came p steps earlier. Within a priority, the first call comes first, or,
/// where keys take turns, the first call of each key in turn.
/// </summary>
internal sealed class CallQueue
{
    public const int MostPriority = 10;
    private const int Levels = (2 * MostPriority) + 1;
    private const int LevelBits = 5;
    private readonly CallTable _calls;
    private readonly long _step;
    private readonly bool _takesTurns;
    private readonly bool _countsKeys;
    private readonly int[] _turns = new int[Levels]; // the next lane of each level with calls
    private readonly Dictionary<ulong, int> _laneOf = []; // of keys with calls, by key and level
    private readonly Dictionary<ulong, int> _waitingOf = []; // by key
    private Lane[] _lanes = new Lane[Levels]; // the first ones have no key; those of keys come and go
    private int _used = Levels;
    private int _freeLane = -1;
    private uint _levels; // the levels with calls, a bit each

    public CallQueue(CallTable calls, PoolPlan plan)
    {
        _calls = calls;
        _step = plan.PriorityStep;
        _takesTurns = plan.KeysTakeTurns;
        _countsKeys = plan.LimitPerKey > 0;
        for (int level = 0; level < Levels; level++)
        {
            _lanes[level] = new Lane { Calls = CallList.Empty, Level = level };
        }
    }

    public int Count { get; private set; }

    /// <summary>The call whose turn it is; -1 when no call waits.</summary>
    public int First
    {
        get
        {
            if ((_levels & (_levels - 1)) == 0)
            {
                return _levels == 0 ? -1 : HeadOf(BitOperations.TrailingZeroCount(_levels));
            }
            int first = -1;
            long least = long.MaxValue;
            for (uint rest = _levels; rest != 0; rest &= rest - 1)
            {
                int level = BitOperations.TrailingZeroCount(rest);
                int head = HeadOf(level);
                long rank = _calls[head].Queue.Arrived - (_step * level);
                if (rank <= least) // at the same rank, the higher priority
                {
                    (first, least) = (head, rank);
                }
            }
            return first;
        }
    }

    /// <summary>Returns the number of waiting calls of the key; known only where it is limited.</summary>
    public int WaitingOf(ulong key) => _waitingOf.GetValueOrDefault(key);

    public void Add(int index)
    {
        int lane = OpenLane(index, isNext: false);
        _lanes[lane].Calls.AddLast(_calls, index);
        Enlist(lane, index);
    }

    /// <summary>
    /// Returns a call that had been sent to its former position: before the calls of its key and priority that came later.
    /// </summary>
    public void Return(int index)
    {
        int lane = OpenLane(index, isNext: true);
        _lanes[lane].Calls.AddByTicket(_calls, index);
        Enlist(lane, index);
    }

    /// <summary>Removes the first call, to be sent: the turn goes to the next key.</summary>
    public void TakeFirst(int index)
    {
        int lane = _calls[index].Queue.Lane;
        _turns[_lanes[lane].Level] = _lanes[lane].Next;
        Remove(index);
    }

    public void Remove(int index)
    {
        ref CallState call = ref _calls[index];
        ref Lane lane = ref _lanes[call.Queue.Lane];
        lane.Calls.Remove(_calls, index);
        lane.Work.Remove(call.Queue.Run);
        Count--;
        if (_countsKeys && call.Spec.Key != 0 && --CollectionsMarshal.GetValueRefOrNullRef(_waitingOf, call.Spec.Key) == 0)
        {
            _waitingOf.Remove(call.Spec.Key);
        }
        if (lane.Calls.Count == 0)
        {
            CloseLane(call.Queue.Lane);
        }
    }

    /// <summary>Returns the work that certainly runs before a call that came now.</summary>
    public QueuedWork Ahead(int priority, ulong key)
    {
        if (_takesTurns)
        {
            return FindLane(key, priority + MostPriority) is >= 0 and var own ? _lanes[own].Work : default;
        }
        var ahead = default(QueuedWork);
        for (uint rest = _levels >> (priority + MostPriority) << (priority + MostPriority); rest != 0; rest &= rest - 1)
        {
            ahead.Add(_lanes[BitOperations.TrailingZeroCount(rest)].Work);
        }
        return ahead;
    }

    /// <summary>Lists the calls: the highest priority first, and within it key by key, the one whose turn it is first.</summary>
    public void CopyTo(List<CallKey> keys)
    {
        for (int level = Levels - 1; level >= 0; level--)
        {
            if ((_levels & (1u << level)) == 0)
            {
                continue;
            }
            int lane = _turns[level];
            do
            {
                for (int index = _lanes[lane].Calls.First; index >= 0; index = _calls[index].Next)
                {
                    keys.Add(_calls.KeyOf(index));
                }
                lane = _lanes[lane].Next;
            }
            while (lane != _turns[level]);
        }
    }

    public void Exchange(KernelImage image)
    {
        Count = image.Of(Count);
        _used = image.Of(_used);
        _freeLane = image.Of(_freeLane);
        _levels = image.Of(_levels);
        foreach (ref int turn in _turns.AsSpan())
        {
            turn = image.Of(turn);
        }
        if (_used > _lanes.Length)
        {
            Array.Resize(ref _lanes, (int)BitOperations.RoundUpToPowerOf2((uint)_used));
        }
        foreach (ref Lane lane in _lanes.AsSpan(0, _used))
        {
            lane.Exchange(image);
        }
        if (image.IsLoading)
        {
            FindKeys();
        }
    }

    /// <summary>Restores the data by key from the lanes after a load.</summary>
    private void FindKeys()
    {
        for (int lane = 0; lane < _used; lane++)
        {
            if (lane >= Levels && _lanes[lane].Calls.Count > 0)
            {
                _laneOf.Add(_lanes[lane].Name, lane);
            }
            for (int index = _lanes[lane].Calls.First; _countsKeys && index >= 0; index = _calls[index].Next)
            {
                if (_calls[index].Spec.Key is not 0 and ulong key)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(_waitingOf, key, out _)++;
                }
            }
        }
    }

    private int HeadOf(int level) => _lanes[_turns[level]].Calls.First;

    private void Enlist(int lane, int index)
    {
        ref CallState call = ref _calls[index];
        call.Queue.Lane = lane;
        _lanes[lane].Work.Add(call.Queue.Run);
        Count++;
        if (_countsKeys && call.Spec.Key != 0)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_waitingOf, call.Spec.Key, out _)++;
        }
    }

    private int FindLane(ulong key, int level) =>
        !_takesTurns || key == 0 ? level : _laneOf.TryGetValue(NameOf(key, level), out int lane) ? lane : -1;

    /// <summary>Returns the name of a key's lane. The shell's keys are hashes, so a few bits less do no harm.</summary>
    private static ulong NameOf(ulong key, int level) => (key << LevelBits) | (uint)level;

    /// <summary>Returns the lane of a call that is to wait. An empty one takes its turn after the others, or next.</summary>
    private int OpenLane(int index, bool isNext)
    {
        ref CallState call = ref _calls[index];
        int level = call.Spec.Priority + MostPriority;
        int lane = FindLane(call.Spec.Key, level);
        if (lane < 0)
        {
            lane = AllocateLane();
            _lanes[lane] = new Lane { Calls = CallList.Empty, Level = level, Name = NameOf(call.Spec.Key, level) };
            _laneOf.Add(_lanes[lane].Name, lane);
        }
        if (_lanes[lane].Calls.Count > 0)
        {
            return lane;
        }
        if ((_levels & (1u << level)) == 0)
        {
            _levels |= 1u << level;
            _turns[level] = _lanes[lane].Next = _lanes[lane].Previous = lane;
            return lane;
        }
        int next = _turns[level];
        int last = _lanes[next].Previous;
        (_lanes[lane].Previous, _lanes[lane].Next) = (last, next);
        _lanes[last].Next = _lanes[next].Previous = lane;
        if (isNext)
        {
            _turns[level] = lane;
        }
        return lane;
    }

    private int AllocateLane()
    {
        int lane = _freeLane;
        if (lane >= 0)
        {
            _freeLane = _lanes[lane].Next;
            return lane;
        }
        if (_used == _lanes.Length)
        {
            Array.Resize(ref _lanes, _lanes.Length * 2);
        }
        return _used++;
    }

    private void CloseLane(int index)
    {
        ref Lane lane = ref _lanes[index];
        if (lane.Next == index)
        {
            _levels &= ~(1u << lane.Level);
        }
        else
        {
            _lanes[lane.Previous].Next = lane.Next;
            _lanes[lane.Next].Previous = lane.Previous;
            if (_turns[lane.Level] == index)
            {
                _turns[lane.Level] = lane.Next;
            }
        }
        if (index >= Levels)
        {
            _laneOf.Remove(lane.Name);
            lane.Next = _freeLane;
            _freeLane = index;
        }
    }

    /// <summary>The calls of one priority and, where keys take turns, of one key. The lanes of a level with calls form a ring.</summary>
    private struct Lane
    {
        public CallList Calls;
        public QueuedWork Work;
        public int Level;
        public ulong Name;
        public int Next;
        public int Previous;

        public void Exchange(KernelImage image)
        {
            Calls.Exchange(image);
            Work.Exchange(image);
            Level = image.Of(Level);
            Name = image.Of(Name);
            Next = image.Of(Next);
            Previous = image.Of(Previous);
        }
    }
}
