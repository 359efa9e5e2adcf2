using System.Numerics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The due times of calls, to 10 ms. Adding and removing take a few array writes, so that a call needs no timer of its own. No deadline is
/// early; one beyond a turn (10.24 s) is met in each turn until it is due.
/// </summary>
internal sealed class DeadlineWheel
{
    private const int Buckets = 1024;
    private readonly CallTable _calls;
    private readonly long _tick;
    private readonly int[] _heads = new int[Buckets];
    private readonly ulong[] _filled = new ulong[Buckets / 64];
    private long _done; // every tick up to this one was processed

    public DeadlineWheel(CallTable calls, long frequency)
    {
        _calls = calls;
        _tick = Math.Max(1, frequency / 100);
        Array.Fill(_heads, -1);
    }

    /// <summary>No entry is due before this time. It may be earlier than the first due time, never later.</summary>
    public long NextDue { get; private set; } = long.MaxValue;

    public void Set(int index, long due)
    {
        Remove(index);
        ref CallState call = ref _calls[index];
        call.Wheel.Due = due;
        if (due >= long.MaxValue / 4)
        {
            return; // no deadline
        }
        long tick = Math.Max(TickOf(due), _done + 1);
        int bucket = (int)(tick % Buckets);
        call.Wheel.Bucket = bucket;
        call.Wheel.Previous = -1;
        call.Wheel.Next = _heads[bucket];
        if (call.Wheel.Next >= 0)
        {
            _calls[call.Wheel.Next].Wheel.Previous = index;
        }
        _heads[bucket] = index;
        _filled[bucket / 64] |= 1UL << (bucket % 64);
        if (tick * _tick < NextDue)
        {
            NextDue = tick * _tick;
        }
    }

    public void Remove(int index)
    {
        ref CallState call = ref _calls[index];
        int bucket = call.Wheel.Bucket;
        if (bucket < 0)
        {
            return;
        }
        if (call.Wheel.Next >= 0)
        {
            _calls[call.Wheel.Next].Wheel.Previous = call.Wheel.Previous;
        }
        if (call.Wheel.Previous >= 0)
        {
            _calls[call.Wheel.Previous].Wheel.Next = call.Wheel.Next;
        }
        else
        {
            _heads[bucket] = call.Wheel.Next;
            if (call.Wheel.Next < 0)
            {
                _filled[bucket / 64] &= ~(1UL << (bucket % 64));
            }
        }
        call.Wheel.Bucket = -1;
    }

    /// <summary>
    /// Removes the next entry that is due at <paramref name="now"/> from the wheel; returns -1 when there is none. To be called until then,
    /// because <see cref="NextDue"/> is correct only afterwards.
    /// </summary>
    public int TakeDue(long now)
    {
        long last = now / _tick;
        for (long tick = Math.Max(_done + 1, last - Buckets + 1); tick <= last; tick++)
        {
            for (int index = _heads[tick % Buckets]; index >= 0; index = _calls[index].Wheel.Next)
            {
                if (_calls[index].Wheel.Due <= now)
                {
                    _done = tick - 1;
                    Remove(index);
                    return index;
                }
            }
        }
        _done = Math.Max(_done, last);
        NextDue = FindNextDue();
        return -1;
    }

    /// <summary>After the calls, because the buckets follow from them.</summary>
    public void Exchange(KernelImage image)
    {
        _done = image.Of(_done);
        NextDue = image.Of(NextDue);
        for (int index = 0; image.IsLoading && index < _calls.Used; index++)
        {
            ref CallState call = ref _calls[index];
            if (call is { Phase: not CallPhase.Free, Wheel: { Bucket: >= 0, Previous: < 0 } })
            {
                _heads[call.Wheel.Bucket] = index;
                _filled[call.Wheel.Bucket / 64] |= 1UL << (call.Wheel.Bucket % 64);
            }
        }
    }

    private long TickOf(long due) => (due + _tick - 1) / _tick;

    private long FindNextDue()
    {
        // The bucket is known at once, the turn is not: waking up once per turn for a far deadline is cheaper than keeping an order.
        int start = (int)((_done + 1) % Buckets);
        for (int step = 0; step <= _filled.Length; step++)
        {
            int word = ((start / 64) + step) % _filled.Length;
            ulong bits = _filled[word];
            if (step == 0)
            {
                bits &= ulong.MaxValue << (start % 64);
            }
            if (bits != 0)
            {
                int bucket = (word * 64) + BitOperations.TrailingZeroCount(bits);
                return (_done + 1 + ((bucket - start + Buckets) % Buckets)) * _tick;
            }
        }
        return long.MaxValue;
    }
}
