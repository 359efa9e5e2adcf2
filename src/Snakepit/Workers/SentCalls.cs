using Snakepit.Frames;

namespace Snakepit.Workers;

/// <summary>
/// The calls that were sent to one worker, by sequence number. A number stays known until its terminal frame, even when the call was
/// answered from the shared page or recalled before. Not thread-safe: channels use it under their locks, as <see cref="ISentCalls"/>.
/// </summary>
/// <param name="last">The last number that was assigned before.</param>
internal sealed class SentCalls(ulong last = 0)
{
    private Entry[] _ring = new Entry[16];
    private ulong _first = last + 1; // the lowest number that may still be open

    private enum State : byte
    {
        Over,
        Sent,
        Answered,
        TakenBack,
    }

    /// <summary>The last number that was assigned.</summary>
    public ulong Last { get; private set; } = last;

    /// <summary>The number of calls that may still get a terminal frame.</summary>
    public int Count => (int)(Last + 1 - _first);

    /// <summary>All calls up to this number may come back without having run.</summary>
    public ulong RecalledUpTo { get; set; }

    public ulong Add(CallKey call, ICallSink sink)
    {
        ulong seq = ++Last;
        if (seq - _first >= (ulong)_ring.Length)
        {
            Grow();
        }
        Slot(seq) = new Entry { Call = call, Sink = sink, State = State.Sent };
        return seq;
    }

    /// <summary>Handles a terminal frame.</summary>
    /// <exception cref="ProtocolException">
    /// The number was never assigned, belongs to another call, has ended before, or cannot end in this way.
    /// </exception>
    public Ending End(uint wireSeq, ulong call, bool skipped, out CallKey key)
    {
        ref Entry entry = ref Find(wireSeq, call, out ulong seq);
        key = entry.Call;
        if (skipped ? seq > RecalledUpTo || entry.State == State.Answered : entry.State == State.TakenBack)
        {
            throw new ProtocolException(skipped
                ? $"The worker skipped number {wireSeq}, which was not recalled."
                : $"The worker ran number {wireSeq}, which was recalled.");
        }
        Ending ending = entry.State != State.Sent ? Ending.Ignore : skipped ? Ending.Recalled : Ending.Reply;
        entry = default;
        Advance();
        return ending;
    }

    /// <summary>Returns the sink of a call that continues; null when the call was answered from the page or recalled.</summary>
    /// <exception cref="ProtocolException">The number was never assigned, belongs to another call, or has ended before.</exception>
    public ICallSink? SinkOf(uint wireSeq, ulong call)
    {
        ref Entry entry = ref Find(wireSeq, call, out _);
        return entry.State == State.Sent ? entry.Sink : null;
    }

    /// <summary>Returns the sink of a call that continues, for a frame from the page; null when there is no such call.</summary>
    public ICallSink? FindSink(uint wireSeq, ulong call)
    {
        ulong seq = Widen(wireSeq);
        return IsSent(seq, call) ? Slot(seq).Sink : null;
    }

    /// <summary>
    /// Handles a call's terminal frame from the page; returns true when the call had no outcome yet. The frame may still arrive.
    /// </summary>
    public bool TryEnd(uint wireSeq, ulong call, bool skipped, out CallKey key)
    {
        ulong seq = Widen(wireSeq);
        if (!IsSent(seq, call) || (skipped && seq > RecalledUpTo))
        {
            key = default;
            return false;
        }
        key = Slot(seq).Call;
        Slot(seq).State = skipped ? State.TakenBack : State.Answered;
        return true;
    }

    /// <summary>Recalls the calls after number <paramref name="begun"/>, up to <paramref name="last"/>, except one.</summary>
    public void TakeBack(ulong begun, ulong last, ulong except, List<CallKey> calls)
    {
        for (ulong seq = Math.Max(_first, Math.Min(begun, last) + 1); seq <= last; seq++)
        {
            if (Slot(seq).State == State.Sent && seq != except)
            {
                Slot(seq).State = State.TakenBack;
                calls.Add(Slot(seq).Call);
            }
        }
    }

    /// <summary>Returns the number of a call that was sent; 0 when it was not.</summary>
    public ulong Find(CallKey call)
    {
        for (ulong seq = _first; seq <= Last; seq++)
        {
            if (Slot(seq).Call == call && Slot(seq).State == State.Sent)
            {
                return seq;
            }
        }
        return 0;
    }

    /// <summary>Returns the calls that were neither answered nor recalled, by their numbers.</summary>
    public CallKey[] Open(Func<ulong, bool> isWanted)
    {
        var open = new List<CallKey>();
        for (ulong seq = _first; seq <= Last; seq++)
        {
            if (Slot(seq).State == State.Sent && isWanted(seq))
            {
                open.Add(Slot(seq).Call);
            }
        }
        return [.. open];
    }

    private bool IsSent(ulong seq, ulong call) =>
        seq >= _first && seq <= Last && Slot(seq).State == State.Sent && Slot(seq).Call.Value == call;

    private ref Entry Find(uint wireSeq, ulong call, out ulong seq)
    {
        seq = Widen(wireSeq);
        if (seq == 0 || seq > Last)
        {
            throw new ProtocolException($"The worker answered number {wireSeq}, which was never sent to it.");
        }
        ref Entry entry = ref Slot(seq);
        if (seq < _first || entry.State == State.Over)
        {
            throw new ProtocolException($"The worker answered number {wireSeq} twice.");
        }
        if (entry.Call.Value != call)
        {
            throw new ProtocolException($"The worker answered call {call:x} with the number of another call.");
        }
        return ref entry;
    }

    private ref Entry Slot(ulong seq) => ref _ring[seq & (ulong)(_ring.Length - 1)];

    /// <summary>Completes a number from the wire, which carries the low half: the highest possible number that was assigned.</summary>
    private ulong Widen(uint wireSeq)
    {
        uint back = (uint)Last - wireSeq;
        return back <= Last ? Last - back : wireSeq > (uint)Last ? Last + 1 : 0;
    }

    private void Advance()
    {
        while (_first <= Last && Slot(_first).State == State.Over)
        {
            _first++;
        }
    }

    private void Grow()
    {
        Entry[] old = _ring;
        var larger = new Entry[old.Length * 2];
        for (ulong seq = _first; seq < Last; seq++)
        {
            larger[seq & (ulong)(larger.Length - 1)] = old[seq & (ulong)(old.Length - 1)];
        }
        _ring = larger;
    }

    private struct Entry
    {
        public CallKey Call;
        public ICallSink Sink;
        public State State;
    }
}
