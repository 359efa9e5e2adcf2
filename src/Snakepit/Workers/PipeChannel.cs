using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// A worker behind a data channel. A reader takes its replies; one watcher's thread sees its exit, and another's reads its control frames and its output.
/// The exit is told only after everything the worker wrote was read, and what it had ready to be written was taken from the shared page.
/// </summary>
internal sealed class PipeChannel : IWorkerChannel, IChildEvents, IReplyTarget
{
    private const long AtOnce = 30_000; // ns: a reply that takes no longer than waking a thread
    private const int OneByOne = 32; // so many replies in a row that came alone: calls follow each other
    private readonly string _name;
    private readonly HandshakeSteps _handshake;
    private readonly IWorkerEvents _events;
    private readonly ReaderThreads _threads;
    private readonly Scoreboard? _board;
    private readonly Outbox _outbox;
    private readonly ControlReader _control;
    private readonly OutputReader _output;
    private readonly FrameReader _frames = new(Protocol.MaxHandshake);
    private readonly ReplyReader _reader;
    private readonly ReplyFrames _replies;
    private readonly DataFrames _data;
    private readonly StacksKill _stacksKill;
    private readonly OomKills? _oomKills;
    private readonly Recalls _recalls;
    private ChildProcess? _child;
    private ChildExit _exit;
    private OomCount? _oomCount;
    private volatile bool _killed;
    private TimeSpan? _ranFor; // at its end
    private bool _ownsThread;
    private int _alone; // how many replies in a row came quickly and left nothing outstanding
    private bool _hasReader; // used by the thread that tells child events only

    public PipeChannel(
        WorkerLaunch launch, IWorkerEvents events, Watcher watcher, Watcher outputWatcher, ReaderThreads threads, ChannelDescriptors descriptors,
        TimeProvider time, OomKills? oomKills = null)
    {
        _name = $"Snakepit {launch.Id}";
        _events = events;
        _threads = threads;
        _board = descriptors.Board;
        _outbox = new Outbox(watcher, descriptors.Port, descriptors.Control);
        _replies = new ReplyFrames(_outbox, events);
        _recalls = new Recalls(_outbox, events);
        _handshake = new HandshakeSteps(launch, events, _frames, SendFrame);
        _data = new DataFrames(_frames, _outbox, _replies, _handshake);
        _control = new ControlReader(outputWatcher, descriptors.Control, events, Kill);
        _output = new OutputReader(outputWatcher, descriptors.Output, events.OnOutput);
        _reader = new ReplyReader(descriptors.Port, _frames, this);
        _stacksKill = new StacksKill(time);
        _oomKills = oomKills;
    }

    public int ProcessId => _child?.Pid ?? 0;

    /// <summary>Its process comes from a zygote.</summary>
    public bool IsForked
    {
        get => _handshake.IsForked;
        set => _handshake.IsForked = value;
    }

    public bool CanRecall => _handshake.Features.SharesPage && _board is not null;

    public BodyFormat Format => _handshake.Format;

    public int FinishedButLost { get; private set; }

    public TimeSpan? RunningFor => _ranFor ?? (CanRecall ? _board!.RunningFor : null);

    public string? Stacks { get; private set; }

    public void PostCall(in OutgoingCall call) => _outbox.PostCall(call);

    public void PostCancel(CallKey call) => _outbox.PostCancel(call);

    public void PostRecall() => _recalls.Ask();

    public void PostPing() => _outbox.PostControl(FrameType.Ping);

    public void PostCollect() => _outbox.PostControl(FrameType.Collect);

    public void PostShutdown() => _outbox.PostControl(FrameType.Shutdown);

    public void Flush() => Flush(mayLend: false);

    public void FlushAndAwait() => Flush(mayLend: true);

    private void Flush(bool mayLend)
    {
        _outbox.Flush();
        _reader.Attend(mayLend);
        _recalls.Perform(CanRecall ? _board : null);
    }

    public void Terminate()
    {
        _killed = true;
        _child?.Terminate();
    }

    public void Kill()
    {
        _killed = true;
        _child?.Kill();
    }

    public void KillWithStacks()
    {
        _killed = true;
        if (_child is { } child)
        {
            _stacksKill.Begin(child);
        }
    }

    /// <summary>For a channel whose process did not come to be; nothing is told of it.</summary>
    public void Discard() => Close();

    void IChildEvents.OnStarted(ChildProcess child)
    {
        _child = child;
        _oomCount = _oomKills?.Begin(child.Pid);
        try
        {
            _events.OnLaunched(this); // before anything else is told of it, on another thread
            _control.Start();
            _output.Start();
            _ownsThread = _threads.Start(_reader, _name);
            _hasReader = true;
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException or ThreadStartException or ObjectDisposedException)
        {
            Kill();
            _events.OnFailed(new WorkerFailure("launch", $"this process has no resources left to watch the worker: {e.Message}"));
        }
    }

    void IChildEvents.OnFailed(string message, bool isLauncherLost)
    {
        Close();
        _events.OnFailed(new WorkerFailure("launch", message, IsLauncherLost: isLauncherLost));
        _events.OnExited(ChildExit.Never, []);
    }

    void IChildEvents.OnExited(ChildExit exit)
    {
        _exit = _stacksKill.End(exit);
        if (_exit.Signal == Libc.SigKill && !_killed && _oomCount is { } begun)
        {
            _exit = _exit with { OutOfMemory = _oomKills!.Explain(begun) };
        }
        if (_hasReader)
        {
            _reader.Exited();
            return;
        }
        Close();
        _events.OnExited(_exit, []);
    }

    bool IReplyTarget.ExpectsFrames => Volatile.Read(ref _alone) < OneByOne || _outbox.CountOutstanding() > 0;

    bool IReplyTarget.ExpectsReplyAtOnce => _outbox.CountOutstanding() == 1;

    void IReplyTarget.OnResumed() => Volatile.Write(ref _alone, 0);

    void IReplyTarget.OnFrames()
    {
        try
        {
            _data.TakeAll();
        }
        finally
        {
            NoteWhetherAlone();
            _replies.Tell();
        }
    }

    void IReplyTarget.OnBroken(Exception error)
    {
        _events.OnProtocolError(error is ProtocolException ? error.Message : error.ToString());
        Kill();
    }

    void IReplyTarget.OnEnd()
    {
        CallKey[] begun;
        try
        {
            begun = ReadTheRest();
        }
        catch (Exception error)
        {
            // The thread may be the reader's own, with nobody above. What went wrong costs this worker's calls, and its end is told in any case.
            _events.OnProtocolError(error.ToString());
            begun = _outbox.OpenUpTo(ulong.MaxValue);
        }
        Close();
        _events.OnExited(_exit, begun);
    }

    /// <returns>The calls it had begun and not answered.</returns>
    private CallKey[] ReadTheRest()
    {
        if (_ownsThread)
        {
            _threads.GiveBack();
        }
        _recalls.End();
        if (CanRecall)
        {
            _replies.TellStaged(_board!, exited: true);
        }
        _output.Finish();
        _control.Finish();
        CallKey[] begun = _outbox.OpenUpTo(CanRecall ? _board!.Begun : ulong.MaxValue);
        FinishedButLost = CanRecall ? _outbox.OpenUpTo(_board!.Finished).Length : 0;
        Stacks = _board?.ReadStacks();
        _ranFor = RunningFor;
        return begun;
    }

    /// <summary>Before the replies are told: whoever waits for one may call again at once.</summary>
    private void NoteWhetherAlone()
    {
        if (_replies.Count > 0)
        {
            bool alone = _replies.Count == 1 && _replies.LastRun <= AtOnce && _outbox.CountOutstanding(sending: false) == 0;
            _alone = alone ? Math.Min(_alone + 1, OneByOne) : 0;
        }
    }

    private void SendFrame(byte[] frame)
    {
        _outbox.PostFrame(frame);
        _outbox.Flush();
    }

    private void Close()
    {
        _control.Close();
        _output.Close();
        _outbox.Close();
        _board?.Dispose();
        _frames.Release();
    }
}
