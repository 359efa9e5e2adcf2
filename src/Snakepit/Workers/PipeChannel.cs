using System.Buffers.Binary;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;
using Snakepit.Transport;

namespace Snakepit.Workers;

/// <summary>
/// A worker behind pipes. A thread of its own reads its replies; the watcher's thread reads its control frames and its output and sees its exit.
/// The exit is told only after everything the worker wrote was read.
/// </summary>
internal sealed class PipeChannel : IWorkerChannel, IChildEvents
{
    private const int ReaderStack = 256 * 1024;
    private const int MaxDrainReads = 1_024; // a descendant that goes on writing after the worker's end is not listened to for ever

    private readonly WorkerLaunch _launch;
    private readonly IWorkerEvents _events;
    private readonly Outbox _outbox;
    private readonly Descriptor _input;
    private readonly Descriptor _inputWriter; // ours too, so that the reader can be woken although a descendant may hold the pipe open
    private readonly ControlReader _control;
    private readonly OutputReader _output;
    private readonly FrameReader _frames = new(Protocol.MaxHandshake);
    private readonly object _exitGate = new(); // a monitor: the reader may have to wait for the exit
    private ChildProcess? _child;
    private ChildExit _exit;
    private volatile bool _exited;
    private bool _wakeWritten;
    private bool _hasReader; // used by the thread that tells child events only

    public PipeChannel(WorkerLaunch launch, IWorkerEvents events, Watcher watcher, ChannelDescriptors descriptors)
    {
        _launch = launch;
        _events = events;
        _outbox = new Outbox(watcher, descriptors.DataIn, descriptors.Control);
        _input = descriptors.DataOut;
        _inputWriter = descriptors.DataOutWriter;
        _control = new ControlReader(watcher, descriptors.Control, events, Kill);
        _output = new OutputReader(watcher, descriptors.Output, events);
    }

    public int ProcessId => _child?.Pid ?? 0;

    public bool CanRecall => false;

    public void PostCall(CallKey call, Memory<byte> frame, int attempt, TimeSpan? remaining) => _outbox.PostCall(call, frame, attempt, remaining);

    public void PostCancel(CallKey call) => _outbox.PostCancel(call);

    public void PostRecall()
    {
    }

    public void PostShutdown() => _outbox.PostShutdown();

    public void Flush() => _outbox.Flush();

    public void Terminate() => _child?.Terminate();

    public void Kill() => _child?.Kill();

    void IChildEvents.OnStarted(ChildProcess child)
    {
        _child = child;
        try
        {
            _control.Start();
            _output.Start();
            _events.OnLaunched(this);
            new Thread(Read, ReaderStack) { IsBackground = true, Name = $"Snakepit {_launch.Id}" }.UnsafeStart();
            _hasReader = true;
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException or ThreadStartException)
        {
            Kill();
            _events.OnFailed(new WorkerFailure("launch", $"this process has no means left to watch the worker: {e.Message}"));
        }
    }

    void IChildEvents.OnFailed(string message)
    {
        Close();
        _events.OnFailed(new WorkerFailure("launch", message));
        _events.OnExited(default, []);
    }

    void IChildEvents.OnExited(ChildExit exit)
    {
        if (!_hasReader)
        {
            Close();
            _events.OnExited(exit, []);
            return;
        }
        lock (_exitGate)
        {
            _exit = exit;
            _exited = true;
            // A full pipe needs no byte: its reader has something to read already.
            _wakeWritten = _inputWriter.CanWrite() && _inputWriter.Write([0]) == 1;
            Monitor.PulseAll(_exitGate);
        }
    }

    private void Read()
    {
        try
        {
            ReadUntilExit();
            DrainInput();
        }
        catch (Exception e)
        {
            // Whatever a worker says, and whatever went wrong with it here, costs that worker only.
            _events.OnProtocolError(e is ProtocolException ? e.Message : e.ToString());
            Kill();
        }
        WaitForExit();
        _output.Finish();
        _control.Finish();
        CallKey[] begun = _outbox.InFlight();
        Close();
        _events.OnExited(_exit, begun);
    }

    private void WaitForExit()
    {
        lock (_exitGate)
        {
            while (!_exited)
            {
                Monitor.Wait(_exitGate);
            }
        }
    }

    private void ReadUntilExit()
    {
        while (true)
        {
            int count = _input.Read(_frames.FreeSpace);
            if (count <= 0)
            {
                throw new ProtocolException($"Reading from the worker failed with error {-count}.");
            }
            _frames.Advance(count);
            if (_exited)
            {
                return;
            }
            TakeFrames();
        }
    }

    private void DrainInput()
    {
        bool woken;
        lock (_exitGate)
        {
            woken = _wakeWritten;
        }
        for (int reads = 0; reads < MaxDrainReads; reads++)
        {
            bool last = _input.Available() == 0;
            if (last && woken)
            {
                _frames.Retract(); // the byte that woke us is the stream's last
            }
            TakeFrames();
            if (last)
            {
                return;
            }
            _frames.Advance(Math.Max(0, _input.Read(_frames.FreeSpace)));
        }
    }

    private void TakeFrames()
    {
        while (_frames.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body))
        {
            OnFrame(header, extension, body);
        }
    }

    private void OnFrame(in FrameHeader header, ReadOnlySpan<byte> extension, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case FrameType.Result:
                _events.OnReply(_outbox.Answered(header.Seq, header.Call), ReplyKind.Result, ReplyBody.Copy(body), RunTime(extension));
                break;
            case FrameType.Error:
                _events.OnReply(_outbox.Answered(header.Seq, header.Call), ReplyKind.Error, ReplyBody.Copy(body), RunTime(extension));
                break;
            case FrameType.Hello:
                Handshake.CheckHello(body);
                _outbox.PostFrame(FrameHeader.Frame(FrameType.Init, Handshake.Init(_launch)));
                _outbox.Flush();
                break;
            case FrameType.Ready:
                _frames.MaxBody = Math.Max(_launch.Blueprint.MaxMessage, Protocol.MaxHandshake);
                _events.OnReady(Handshake.ReadTools(body));
                break;
            case FrameType.Failed:
                _events.OnFailed(Handshake.ReadFailure(body, _launch.Blueprint.Codec));
                break;
            default:
                throw new ProtocolException($"A {header.Type} frame does not belong on the data channel.");
        }
    }

    private static long RunTime(ReadOnlySpan<byte> extension) => (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(extension), long.MaxValue);

    private void Close()
    {
        _control.Close();
        _output.Close();
        _outbox.Close();
        _input.Dispose();
        _inputWriter.Dispose();
        _frames.Release();
    }
}
