using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Transport;

namespace Snakepit.Workers;

/// <summary>
/// What is on its way to one worker. Entries are noted in order and written by whichever thread finds nobody writing, so nobody waits for anybody;
/// what a full pipe does not take is written by the watcher's thread when there is room again.
/// </summary>
internal sealed class Outbox(Watcher watcher, Descriptor data, Descriptor control) : IWatched
{
    private readonly Lock _gate = new();
    private readonly Queue<Entry> _entries = new();
    private readonly List<(uint Seq, CallKey Call)> _inFlight = [];
    private ReadOnlyMemory<byte> _rest; // of a frame that the pipe took only in part
    private uint _lastSeq;
    private long _watch;
    private bool _watching;
    private bool _writing;
    private bool _broken;
    private bool _closed;

    public void PostCall(CallKey call, Memory<byte> frame, int attempt, TimeSpan? remaining)
    {
        uint milliseconds = remaining is { } left ? (uint)Math.Clamp(left.TotalMilliseconds, 1, uint.MaxValue) : 0;
        Post(new Entry(FrameType.Call, call, frame, attempt, milliseconds));
    }

    public void PostCancel(CallKey call) => Post(new Entry(FrameType.Cancel, call, default, 0, 0));

    public void PostShutdown() => Post(new Entry(FrameType.Shutdown, default, default, 0, 0));

    /// <summary>A whole frame for the data channel.</summary>
    public void PostFrame(byte[] frame) => Post(new Entry(FrameType.Init, default, frame, 0, 0));

    /// <summary>The call of that sequence number; it is no longer in flight.</summary>
    /// <exception cref="ProtocolException">The number was never given out, belongs to another call, or was answered before.</exception>
    public CallKey Answered(uint seq, ulong call)
    {
        lock (_gate)
        {
            for (int i = 0; i < _inFlight.Count; i++)
            {
                if (_inFlight[i].Seq == seq)
                {
                    CallKey key = _inFlight[i].Call;
                    if (key.Value != call)
                    {
                        throw new ProtocolException($"The worker answered call {call:x} under the number of another.");
                    }
                    _inFlight.RemoveAt(i);
                    return key;
                }
            }
            throw new ProtocolException(seq > _lastSeq ? $"The worker answered number {seq}, which it was never sent." : $"The worker answered number {seq} twice.");
        }
    }

    /// <summary>The calls that were sent, at least in part, and not answered.</summary>
    public CallKey[] InFlight()
    {
        lock (_gate)
        {
            return [.. _inFlight.Select(static entry => entry.Call)];
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            if (_writing || _entries.Count == 0)
            {
                return;
            }
            _writing = true;
        }
        Write();
    }

    /// <summary>Gives the descriptors back, after a write that is under way.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _broken = true;
            if (_watching)
            {
                watcher.Remove(data, _watch);
                _watching = false;
                _writing = false;
            }
            if (_writing)
            {
                _closed = true;
                return;
            }
        }
        data.Dispose();
        control.Dispose();
    }

    void IWatched.OnReady(bool readable, bool writable)
    {
        lock (_gate)
        {
            if (!_watching)
            {
                return; // closed meanwhile
            }
            watcher.Remove(data, _watch);
            _watching = false;
        }
        Write();
    }

    private void Post(in Entry entry)
    {
        lock (_gate)
        {
            _entries.Enqueue(entry);
        }
    }

    /// <summary>Runs in the one thread that has set _writing.</summary>
    private void Write()
    {
        while (WriteRest() && TryTake(out Entry entry))
        {
            switch (entry.Type)
            {
                case FrameType.Cancel:
                    SendCancel(entry.Call);
                    break;
                case FrameType.Shutdown:
                    control.Send(FrameHeader.Frame(FrameType.Shutdown));
                    data.Dispose(); // the end of its input wakes the worker's main thread
                    break;
                default:
                    _rest = entry.Frame;
                    break;
            }
        }
    }

    /// <summary>The worker knows a call by its sequence number; one that was answered meanwhile has none any more.</summary>
    private void SendCancel(CallKey call)
    {
        uint seq;
        lock (_gate)
        {
            seq = _inFlight.Find(entry => entry.Call == call).Seq;
        }
        if (seq != 0)
        {
            control.Send(FrameHeader.Frame(FrameType.Cancel, call: call.Value, seq: seq));
        }
    }

    private bool TryTake(out Entry entry)
    {
        bool close;
        lock (_gate)
        {
            if (!_broken && _entries.TryDequeue(out entry))
            {
                if (entry.Type == FrameType.Call)
                {
                    uint seq = ++_lastSeq;
                    _inFlight.Add((seq, entry.Call));
                    FrameHeader.WriteCall(entry.Frame.Span, entry.Call.Value, seq, entry.RemainingMs, entry.Attempt);
                }
                return true;
            }
            _writing = false;
            close = _closed;
        }
        entry = default;
        if (close)
        {
            data.Dispose();
            control.Dispose();
        }
        return false;
    }

    /// <summary>False when the pipe is full: the watcher goes on. A broken pipe takes nothing more; the exit will be seen elsewhere.</summary>
    private bool WriteRest()
    {
        while (!_rest.IsEmpty)
        {
            int count = data.IsClosed ? -1 : data.Write(_rest.Span);
            if (count >= 0)
            {
                _rest = _rest[count..];
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
            data.Dispose(); // a worker that lives must not wait for the rest: it ends with its input
        }
        return true;
    }

    private bool TryWatch_NeedsLock()
    {
        try
        {
            _watch = watcher.Add(data, this, writable: true);
            return _watching = true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private readonly record struct Entry(FrameType Type, CallKey Call, Memory<byte> Frame, int Attempt, uint RemainingMs);
}
