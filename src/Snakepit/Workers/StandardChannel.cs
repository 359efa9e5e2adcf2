using Snakepit.Frames;
using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>
/// A worker behind its standard streams and two control pipes, with a thread that waits for each of them. It has no shared page, so calls
/// cannot be recalled, and may have run when the worker dies.
/// </summary>
internal sealed class StandardChannel : IWorkerChannel, ISentCalls
{
    private const int Stack = 256 * 1024;

    // The worker's own output is in the streams when it has ended. Only a descendant that holds a stream open can make the host wait
    // longer.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly IWorkerEvents _events;
    private readonly StandardProcess _process;
    private readonly StreamWriterThread _input;
    private readonly StreamWriterThread _control;
    private readonly FrameReader _controlFrames = new(Protocol.MaxControl);
    private readonly LineCutter _lines;
    private readonly DataFrames _frames;
    private readonly Lock _gate = new();
    private readonly SentCalls _sent = new();
    private readonly Lock _telling = new();
    private bool _over; // no events follow

    /// <summary>Returns the space for the next bytes of a stream.</summary>
    private delegate Span<byte> FreeSpace();

    public StandardChannel(WorkerStart launch, IWorkerEvents events, StandardProcess process)
    {
        _name = $"Snakepit {launch.Id}";
        _events = events;
        _process = process;
        _input = new StreamWriterThread(process.Input, $"{_name} calls");
        _control = new StreamWriterThread(process.ControlOut, $"{_name} orders");
        _lines = new LineCutter(events.OnOutput);
        _frames = new DataFrames(launch, events, this, _input.Post);
    }

    public int ProcessId => _process.Id;

    public bool CanRecall => false;

    public BodyFormat Format => _frames.Handshake.Format;

    /// <summary>Reads from the worker until it has ended, and reports its end.</summary>
    public async Task RunAsync()
    {
        List<Task> readers = [];
        try
        {
            readers.Add(Read("output", _process.Errors, () => _lines.FreeSpace, _lines.Advance));
            readers.Add(Read("control", _process.ControlIn, () => _controlFrames.FreeSpace, TakeControl));
            readers.Add(Read("replies", _process.Output, () => _frames.Reader.FreeSpace, TakeReplies));
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Kill();
            _events.OnFailed(new WorkerFailure("launch", $"this process has no resources left to watch the worker: {e.Message}"));
        }
        ChildExit exit = await _process.WaitForExitAsync().ConfigureAwait(false);
        _input.End();
        _control.End();
        await Task.WhenAll(readers).WaitAsync(s_rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        CallKey[] begun;
        lock (_telling)
        {
            _over = true;
            _lines.Finish();
        }
        lock (_gate)
        {
            begun = _sent.Open(static _ => true);
        }
        _process.Dispose();
        _events.OnExited(exit, begun);
    }

    public void PostCall(in OutgoingCall call)
    {
        byte[] copy = call.Frame.ToArray(); // it may still be written when the call has long ended
        lock (_gate)
        {
            FrameWriter.WriteCall(
                copy, call.Key.Value, (uint)_sent.Add(call.Key, call.Sink), call.Remaining, call.Attempt, call.Window);
            _input.Post(copy);
        }
    }

    /// <remarks>The tool is only told: not every platform has signals.</remarks>
    public void PostCancel(CallKey call, bool interrupts)
    {
        ulong seq;
        lock (_gate)
        {
            seq = _sent.Find(call);
        }
        if (seq != 0)
        {
            _control.Post(FrameWriter.Frame(FrameType.Cancel, call: call.Value, seq: (uint)seq));
        }
    }

    public void PostFrame(CallKey call, byte[] frame)
    {
        lock (_gate)
        {
            ulong seq = _sent.Find(call);
            if (seq != 0)
            {
                FrameWriter.NoteSeq(frame, (uint)seq);
                _input.Post(frame);
            }
        }
    }

    public void PostRecall()
    {
    }

    public void PostPing() => _control.Post(FrameWriter.Frame(FrameType.Ping));

    public void PostCollect() => _control.Post(FrameWriter.Frame(FrameType.Collect));

    public void PostSessionEnd(ulong session, bool isMoved)
    {
        lock (_gate)
        {
            FrameType type = isMoved ? FrameType.SessionMoved : FrameType.SessionEnd;
            _control.Post(FrameWriter.Frame(type, call: session, seq: (uint)_sent.Last));
        }
    }

    public void PostShutdown()
    {
        _control.Post(FrameWriter.Frame(FrameType.Shutdown));
        _input.End(); // wakes the worker's main thread
    }

    /// <remarks>The threads write as soon as they can.</remarks>
    public void Flush()
    {
    }

    /// <remarks>Not every platform has a signal that asks a process to end.</remarks>
    public void Terminate() => Kill();

    public void Kill() => _process.Kill();

    Ending ISentCalls.End(in FrameHeader header, out CallKey call)
    {
        lock (_gate)
        {
            return _sent.End(header.Seq, header.Call, header.Type == FrameType.Skipped, out call);
        }
    }

    bool ISentCalls.TryEnd(in FrameHeader header, out CallKey call)
    {
        call = default;
        return false; // there is no page
    }

    ICallSink? ISentCalls.SinkOf(in FrameHeader header)
    {
        lock (_gate)
        {
            return _sent.SinkOf(header.Seq, header.Call);
        }
    }

    ICallSink? ISentCalls.FindSink(in FrameHeader header) => null;

    /// <summary>Reads a stream on a thread: to its end, or until its data is invalid.</summary>
    private Task Read(string what, Stream stream, FreeSpace room, Action<int> take)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                Read(stream, room, take);
                over.SetResult();
            },
            Stack) { IsBackground = true, Name = $"{_name} {what}" };
        thread.UnsafeStart();
        return over.Task;
    }

    private void Read(Stream stream, FreeSpace room, Action<int> take)
    {
        try
        {
            while (stream.Read(room()) is var count and > 0)
            {
                lock (_telling)
                {
                    if (_over)
                    {
                        return;
                    }
                    take(count);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The exit follows.
        }
        catch (Exception e)
        {
            _events.OnProtocolError(e is ProtocolException ? e.Message : e.ToString());
            Kill();
        }
    }

    private void TakeReplies(int count)
    {
        _frames.Reader.Advance(count);
        try
        {
            _frames.TakeAll();
        }
        finally
        {
            _frames.Replies.Tell();
        }
    }

    private void TakeControl(int count)
    {
        _controlFrames.Advance(count);
        ControlFrames.Take(_controlFrames, _events);
    }
}
