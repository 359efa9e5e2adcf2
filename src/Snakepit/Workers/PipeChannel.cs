using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// A worker behind a data channel. A reader takes its replies. One watcher's thread handles its exit, another watcher's thread reads its
/// control frames and its output. The exit is reported only after everything that the worker wrote was read, and the replies that it had
/// finished were taken from the shared page.
/// </summary>
internal sealed class PipeChannel : IWorkerChannel, IChildEvents, IReplyTarget
{
    private const long AtOnce = 30_000; // ns: such a reply takes no longer than waking a thread
    private const int OneByOne = 32; // after that many replies in a row that came alone, calls follow one another
    private readonly string _name;
    private readonly IWorkerEvents _events;
    private readonly ReaderThreads _threads;
    private readonly Scoreboard? _board;
    private readonly Outbox _outbox;
    private readonly DataFrames _frames;
    private readonly ControlReader _control;
    private readonly OutputReader _output;
    private readonly ReplyReader _reader;
    private readonly Recalls _recalls;
    private readonly ChannelProcess _process;
    private bool _ownsThread;
    private int _alone; // the number of consecutive replies that came quickly and left nothing outstanding
    private bool _hasReader; // used only by the thread that raises child events
    private LastWords? _lastWords;

    public PipeChannel(
        WorkerStart launch, IWorkerEvents events, Watcher watcher, Watcher outputWatcher, ReaderThreads threads,
        ChannelDescriptors descriptors, TimeProvider time, OomKills? oomKills = null)
    {
        _name = $"Snakepit {launch.Id}";
        _events = events;
        _threads = threads;
        _board = descriptors.Board;
        _outbox = new Outbox(watcher, descriptors.Port, new ControlSender(watcher, descriptors.Control, OnStuck));
        _recalls = new Recalls(_outbox, events);
        _frames = new DataFrames(launch, events, _outbox, SendFrame);
        _control = new ControlReader(outputWatcher, descriptors.Control, events, Kill);
        _output = new OutputReader(outputWatcher, descriptors.Output, events.OnOutput);
        _reader = new ReplyReader(descriptors.Port, _frames.Reader, this);
        _process = new ChannelProcess(time, oomKills);
    }

    public int ProcessId => _process.Id;

    /// <summary>Whether its process was forked from a zygote.</summary>
    public bool IsForked
    {
        get => _frames.Handshake.IsForked;
        set => _frames.Handshake.IsForked = value;
    }

    public bool CanRecall => _frames.Handshake.Features.SharesPage && _board is not null;

    public BodyFormat Format => _frames.Handshake.Format;

    public int FinishedButLost => _lastWords?.FinishedButLost ?? 0;

    public TimeSpan? RunTimeOf(CallKey call) =>
        _lastWords is { } end ? end.RanFor.GetValueOrDefault(call) : CanRecall ? _board!.RunTimeOf(_outbox.NumberOf(call)) : null;

    public string? Stacks => _lastWords?.Stacks;

    public Task<string?> ReadStacksAsync(CancellationToken cancellationToken) =>
        CanRecall ? _process.ReadStacksAsync(_board!, cancellationToken) : Task.FromResult<string?>(null);

    public void PostCall(in OutgoingCall call) => _outbox.PostCall(call);

    public void PostFrame(CallKey call, byte[] frame) => _outbox.PostFrame(call, frame);

    public void PostCancel(CallKey call, bool interrupts)
    {
        _outbox.PostCancel(call);
        if (interrupts && _board is not { HasThreads: true }) // a signal interrupts the main thread only
        {
            _process.Interrupts.Ask(call);
        }
    }

    public void PostRecall() => _recalls.Ask();

    public void PostPing() => _outbox.PostControl(FrameType.Ping);

    public void PostCollect() => _outbox.PostControl(FrameType.Collect);

    public void PostSessionEnd(ulong session, bool isMoved) => _outbox.PostSessionEnd(session, isMoved);

    public void PostShutdown() => _outbox.PostControl(FrameType.Shutdown);

    public void Flush() => Flush(mayLend: false);

    public void FlushAndAwait() => Flush(mayLend: true);

    public void TakeStaged() => _recalls.TakeStaged(CanRecall ? _board : null);

    private void Flush(bool mayLend)
    {
        _outbox.FlushOrLeave();
        _process.Interrupt(_outbox, CanRecall ? _board : null);
        _reader.Attend(mayLend);
        _recalls.Perform(CanRecall ? _board : null);
    }

    public void Terminate() => _process.Terminate();

    public void Kill() => _process.Kill();

    public void KillWithStacks() => _process.KillWithStacks();

    /// <summary>Closes a channel whose process was not created; no events follow.</summary>
    public void Discard() => Close();

    void IChildEvents.OnStarted(ChildProcess child)
    {
        _process.OnStarted(child);
        try
        {
            _events.OnLaunched(this); // before all other events, which come on another thread
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
        _process.OnExited(exit);
        if (_hasReader)
        {
            _reader.Exited();
            return;
        }
        Close();
        _events.OnExited(_process.Exit, []);
    }

    bool IReplyTarget.ExpectsFrames => Volatile.Read(ref _alone) < OneByOne || _outbox.CountOutstanding() > 0;

    bool IReplyTarget.ExpectsReplyAtOnce => _outbox.CountOutstanding() == 1;

    void IReplyTarget.OnResumed() => Volatile.Write(ref _alone, 0);

    void IReplyTarget.OnFrames()
    {
        try
        {
            _frames.TakeAll();
        }
        finally
        {
            NoteWhetherAlone();
            _frames.Replies.Tell();
        }
    }

    void IReplyTarget.SendRest() => _outbox.Flush();

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
            // The thread may be the reader's own, where no caller would catch the exception. It costs this worker's calls, and the worker's
            // end is reported in any case.
            _events.OnProtocolError(error.ToString());
            begun = _outbox.OpenUpTo(ulong.MaxValue);
        }
        Close();
        _events.OnExited(_process.Exit, begun);
    }

    /// <returns>The calls that the worker had begun and not answered.</returns>
    private CallKey[] ReadTheRest()
    {
        if (_ownsThread)
        {
            _threads.GiveBack();
        }
        _recalls.End();
        if (CanRecall)
        {
            _frames.Replies.TellStaged(_board!, exited: true);
        }
        _output.Finish();
        _control.Finish();
        CallKey[] begun = CanRecall ? _outbox.Open(_board!.HasBegun) : _outbox.OpenUpTo(ulong.MaxValue);
        _lastWords = new LastWords(
            CanRecall ? _outbox.Open(_board!.HasFinished).Length : 0,
            _board?.ReadStacks(),
            begun.ToDictionary(static call => call, RunTimeOf));
        return begun;
    }

    /// <summary>Runs before the replies are reported, because their callers may call again at once.</summary>
    private void NoteWhetherAlone()
    {
        if (_frames.Replies.Count > 0)
        {
            bool alone = _frames.Replies.Count == 1 && _frames.Replies.LastRun <= AtOnce && _outbox.CountOutstanding(sending: false) == 0;
            _alone = alone ? Math.Min(_alone + 1, OneByOne) : 0;
        }
    }

    private void OnStuck()
    {
        _events.OnProtocolError(
            $"it has left more than {ControlSender.MostKept / 1024} KiB of its control channel unread. Native code holds the interpreter's "
            + "lock, or the adapter has changed the worker's own threads or descriptors");
        Kill();
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
        _frames.Reader.Release();
    }

    /// <summary>What is known once the worker has ended.</summary>
    /// <param name="FinishedButLost">See <see cref="IWorkerChannel.FinishedButLost"/>.</param>
    /// <param name="Stacks">The Python stacks that it wrote.</param>
    /// <param name="RanFor">How long each call that it had begun had been running.</param>
    private sealed record LastWords(int FinishedButLost, string? Stacks, Dictionary<CallKey, TimeSpan?> RanFor);
}
