using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Queues and writes what is sent to one worker. Entries are queued in order, and written by the thread that finds no other thread writing.
/// The watcher's thread writes what a full channel did not take, when there is room again. Small frames are copied and joined: their memory
/// is free once they have been gathered.
/// </summary>
internal sealed class Outbox(Watcher watcher, DataPort data, ControlSender control) : IWatched, ISentCalls, IThreadPoolWorkItem
{
    private const int Turn = 256 * 1024; // bytes that the watcher's thread writes before it serves other descriptors
    private const int Enough = 8; // calls: a worker with that many does not run out of work meanwhile
    private readonly Lock _recalling = new();
    private readonly Lock _gate = new();
    private readonly PostedEntries _entries = new();
    private readonly SentCalls _sent = new();
    private readonly JoinBuffer _joined = new();
    private ReadOnlyMemory<byte> _rest; // gathered bytes that are not written yet
    private ulong _large; // the number of the call whose own memory is being written
    private long _watch; // ends the watch for room; 0 while there is none
    private bool _flushComes;
    private bool _writing;
    private bool _broken;
    private bool _closed;

    public void PostCall(in OutgoingCall call) => Post(new PostedEntry(FrameType.Call, call));

    /// <summary>
    /// Queues the cancellation of a call. That of a call that was sent does not wait for data that the worker does not read meanwhile.
    /// </summary>
    public void PostCancel(CallKey call)
    {
        lock (_gate)
        {
            ulong seq = _sent.Find(call);
            if (seq == 0)
            {
                _entries.Add(new PostedEntry(FrameType.Cancel, new OutgoingCall { Key = call }));
            }
            else
            {
                _entries.Cancelled.Enqueue((call, seq));
            }
        }
    }

    /// <summary>Queues a frame for a call that was sent. It is dropped when the call has ended.</summary>
    public void PostFrame(CallKey call, byte[] frame) =>
        Post(new PostedEntry((FrameType)frame[FrameHeader.TypeOffset], new OutgoingCall { Key = call, Frame = frame }));

    /// <summary>Queues the end of a session: the frame has its number in place of that of a call.</summary>
    public void PostSessionEnd(ulong session, bool isMoved) => Post(new PostedEntry(
        isMoved ? FrameType.SessionMoved : FrameType.SessionEnd, new OutgoingCall { Key = new CallKey(session) }));

    /// <summary>Queues a control frame without a body.</summary>
    public void PostControl(FrameType type) => Post(new PostedEntry(type));

    /// <summary>Queues a whole frame for the data channel.</summary>
    public void PostFrame(byte[] frame) => Post(new PostedEntry(FrameType.Init, new OutgoingCall { Frame = frame }));

    /// <summary>
    /// Returns the number of calls that have not ended or wait to be sent, plus one while data is being sent, if that counts.
    /// </summary>
    public int CountOutstanding(bool sending = true)
    {
        lock (_gate)
        {
            return _sent.Count + _entries.Count + (sending && _writing ? 1 : 0);
        }
    }

    /// <summary>Returns the sequence number of a call that was sent; 0 when it was not, or has ended.</summary>
    public ulong NumberOf(CallKey call)
    {
        lock (_gate)
        {
            return _sent.Find(call);
        }
    }

    public Ending End(in FrameHeader header, out CallKey call)
    {
        lock (_gate)
        {
            return _sent.End(header.Seq, header.Call, header.Type == FrameType.Skipped, out call);
        }
    }

    public bool TryEnd(in FrameHeader header, out CallKey call)
    {
        lock (_gate)
        {
            return _sent.TryEnd(header.Seq, header.Call, header.Type == FrameType.Skipped, out call);
        }
    }

    public ICallSink? SinkOf(in FrameHeader header)
    {
        lock (_gate)
        {
            return _sent.SinkOf(header.Seq, header.Call);
        }
    }

    public ICallSink? FindSink(in FrameHeader header)
    {
        lock (_gate)
        {
            return _sent.FindSink(header.Seq, header.Call);
        }
    }

    /// <summary>Recalls every call that the worker has not begun.</summary>
    public List<CallKey> TakeBack(Scoreboard board)
    {
        var calls = new List<CallKey>();
        lock (_recalling) // one after the other: the number on the page only grows, and recalled calls stay recalled
        {
            ulong last;
            lock (_gate)
            {
                _entries.TakeCalls(calls);
                last = _sent.RecalledUpTo = _sent.Last;
            }
            ulong begun = board.Recall(last);
            lock (_gate)
            {
                // The next worker must not send from the same memory at the same time.
                _sent.TakeBack(begun, last, except: _large, calls);
            }
        }
        return calls;
    }

    /// <summary>Returns the calls up to a sequence number that were sent, at least in part, and neither answered nor recalled.</summary>
    public CallKey[] OpenUpTo(ulong seq) => Open(number => number <= seq);

    /// <summary>Returns such calls by their sequence numbers.</summary>
    public CallKey[] Open(Func<ulong, bool> isWanted)
    {
        lock (_gate)
        {
            return _sent.Open(isWanted);
        }
    }

    /// <summary>Writes the queue, unless another thread is writing and will write this too.</summary>
    public void Flush() => Flush(mayLeave: false);

    /// <summary>Writes the queue, or leaves it to the announced flush while the worker has enough calls.</summary>
    public void FlushOrLeave() => Flush(mayLeave: true);

    /// <inheritdoc/>
    /// <remarks>
    /// One write then takes the calls of many callers, instead of one write for each. If the thread pool does not run the flush, the reader
    /// flushes before it takes the next replies.
    /// </remarks>
    public void AnnounceFlush()
    {
        lock (_gate)
        {
            _flushComes = true;
        }
    }

    /// <summary>Queues a flush behind the callers that the thread pool has got so far.</summary>
    public void FlushAfter() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

    void IThreadPoolWorkItem.Execute() => Flush();

    /// <summary>Closes both channels, after a write that is in progress. Nothing reads from them any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _broken = true;
            if (TryUnwatch_NeedsLock())
            {
                _writing = false;
                _rest = default; // the descriptor must not be used any more
                _entries.Clear();
            }
            if (_writing)
            {
                _closed = true;
                return;
            }
        }
        Release();
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        lock (_gate)
        {
            if (!TryUnwatch_NeedsLock())
            {
                return; // closed meanwhile
            }
        }
        Write(Turn);
    }

    private void Post(in PostedEntry entry)
    {
        lock (_gate)
        {
            _entries.Add(entry);
        }
    }

    private void Flush(bool mayLeave)
    {
        lock (_gate)
        {
            while (_entries.Cancelled.TryDequeue(out (CallKey Call, ulong Seq) sent))
            {
                SendCancel_NeedsLock(sent.Call, sent.Seq);
            }
            if (mayLeave && _flushComes && _sent.Count >= Enough && _entries.AreSmallCalls)
            {
                return;
            }
            _flushComes &= mayLeave;
            if (_writing || _entries.Count == 0)
            {
                return;
            }
            _writing = true;
        }
        Write();
    }

    /// <summary>Runs on the one thread that has set _writing.</summary>
    private void Write(long turn = long.MaxValue)
    {
        while (WriteRest(ref turn) && TryGather(out PostedEntry order))
        {
            if (order.Type != default)
            {
                SendControl(order);
            }
        }
    }

    /// <summary>Sends a control frame. The end of a session carries the number of the last call before it.</summary>
    private void SendControl(in PostedEntry order)
    {
        if (order.Type == FrameType.Cancel)
        {
            lock (_gate)
            {
                SendCancel_NeedsLock(order.Call.Key, _sent.Find(order.Call.Key));
            }
            return;
        }
        ulong seq = 0;
        if (order.Type is FrameType.SessionEnd or FrameType.SessionMoved)
        {
            lock (_gate)
            {
                seq = _sent.Last;
            }
        }
        control.Send(FrameWriter.Frame(order.Type, call: order.Call.Key.Value, seq: (uint)seq));
        if (order.Type == FrameType.Shutdown)
        {
            data.EndWriting(); // wakes the worker's main thread
        }
    }

    /// <summary>The worker knows a call by its sequence number; a call that was answered meanwhile has none.</summary>
    private void SendCancel_NeedsLock(CallKey call, ulong seq)
    {
        if (seq != 0 && !_broken)
        {
            control.Send(FrameWriter.Frame(FrameType.Cancel, call: call.Value, seq: (uint)seq));
        }
    }

    /// <summary>Gathers frames to write, or takes one control frame; returns false when there is nothing left.</summary>
    private bool TryGather(out PostedEntry order)
    {
        order = default;
        lock (_gate)
        {
            _large = 0;
            _joined.Clear();
            while (!_broken && _entries.TryPeek(out PostedEntry entry))
            {
                if (entry.BelongsToCall && !TryNumber_NeedsLock(entry))
                {
                    _entries.RemoveFirst();
                    continue;
                }
                bool joins = entry.IsFrame && JoinBuffer.Takes(entry.Call.Frame);
                if (_joined.Length > 0 && !(joins && _joined.HasRoomFor(entry.Call.Frame)))
                {
                    break;
                }
                _entries.RemoveFirst();
                if (!entry.IsFrame)
                {
                    order = entry;
                    return true;
                }
                ulong seq = Number_NeedsLock(entry, joins ? _joined.Add(entry.Call.Frame) : entry.Call.Frame.Span);
                if (!joins)
                {
                    _large = seq;
                    _rest = entry.Call.Frame;
                    return true;
                }
            }
            if (_joined.Length > 0)
            {
                _rest = _joined.Content;
                return true;
            }
            _writing = false;
            if (!_closed)
            {
                return false;
            }
        }
        Release();
        return false;
    }

    private bool TryNumber_NeedsLock(in PostedEntry entry)
    {
        ulong seq = _sent.Find(entry.Call.Key);
        FrameWriter.NoteSeq(entry.Call.Frame.Span, (uint)seq);
        return seq != 0;
    }

    private ulong Number_NeedsLock(in PostedEntry entry, Span<byte> frame)
    {
        if (entry.Type != FrameType.Call)
        {
            return 0;
        }
        OutgoingCall call = entry.Call;
        ulong seq = _sent.Add(call.Key, call.Sink);
        FrameWriter.WriteCall(frame, call.Key.Value, (uint)seq, call.Remaining, call.Attempt, call.Window);
        return seq;
    }

    /// <summary>
    /// Writes gathered bytes; returns false when the channel is full or the turn is over, and the watcher continues. A broken channel takes
    /// nothing more; the exit is reported elsewhere.
    /// </summary>
    private bool WriteRest(ref long turn)
    {
        while (!_rest.IsEmpty)
        {
            int count = data.WriteEnd.IsClosed ? -1 : turn <= 0 ? -Libc.EAgain : data.Write(_rest.Span);
            if (count >= 0)
            {
                _rest = _rest[count..];
                turn -= count;
                continue;
            }
            lock (_gate)
            {
                if (count == -Libc.EAgain && !_closed && TryWatch_NeedsLock())
                {
                    return false;
                }
                _broken = true;
                _rest = default;
            }
            data.EndWriting(); // a live worker must not wait for the rest: it ends with its input
        }
        return true;
    }

    private bool TryWatch_NeedsLock()
    {
        try
        {
            _watch = watcher.Add(data.WriteEnd, this, writable: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool TryUnwatch_NeedsLock()
    {
        if (_watch == 0)
        {
            return false;
        }
        watcher.Remove(data.WriteEnd, _watch);
        _watch = 0;
        return true;
    }

    private void Release()
    {
        data.Dispose();
        control.Dispose();
        _joined.Release();
    }
}
