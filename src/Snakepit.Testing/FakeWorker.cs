using System.Diagnostics.CodeAnalysis;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>Represents a worker without a process, and lets a test do to it what can happen to a worker. Safe for use by any number of
/// threads.</summary>
public sealed class FakeWorker
{
    internal const int SigKill = 9;
    internal const int SigTerm = 15;
    private readonly FakeWorkers _fleet;
    private readonly WorkerStart _launch;
    private readonly IWorkerEvents _events;
    private readonly FakeChannel _channel;
    private readonly Lock _gate = new();
    private readonly Queue<Action> _doings = new(); // actions of the worker and of the test
    private readonly Queue<Sent> _inbox = new(); // frames that the worker has not read
    private readonly Queue<ToolRequest> _waiting = new(); // calls that the worker has read and not begun
    private readonly List<ToolRequest> _running = [];
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _acting;
    private bool _hung;
    private bool _unkillable;
    private bool _gone;

    internal FakeWorker(FakeWorkers fleet, WorkerStart launch, IWorkerEvents events, int pid)
    {
        _fleet = fleet;
        _launch = launch;
        _events = events;
        Pid = pid;
        Pipelines = fleet.Pipelining;
        _channel = new FakeChannel(this);
    }

    /// <summary>Gets the pool, slot and generation of the worker.</summary>
    public WorkerId Id => _launch.Id;

    /// <summary>Gets the process id that the worker pretends to have.</summary>
    public int Pid { get; }

    /// <summary>Gets a task that completes when the pool has been told that the worker has ended.</summary>
    public Task Exited => _exited.Task;

    /// <summary>Gets the calls that the worker has begun and not answered.</summary>
    public IReadOnlyList<ToolRequest> Running
    {
        get
        {
            lock (_gate)
            {
                return [.. _running];
            }
        }
    }

    /// <summary>The host's side of it.</summary>
    internal ICallChannel Channel => _channel;

    /// <summary>
    /// Whether calls may wait in the worker. It runs one at a time, and returns those that it has not begun when they are recalled.
    /// </summary>
    internal bool Pipelines { get; }

    /// <summary>Ends the worker as a signal would.</summary>
    /// <param name="signal">The number of the signal. Default 11: SIGSEGV.</param>
    public void Crash(int signal = 11) => Do(() => End(new ChildExit(null, signal)));

    /// <summary>Ends the worker as <c>os._exit</c> would.</summary>
    /// <param name="code">The exit code.</param>
    [SuppressMessage("Naming", "CA1716", Justification = "What the process does.")]
    public void Exit(int code) => Do(() => End(new ChildExit(code, null)));

    /// <summary>Makes the worker ignore everything it is sent from now on, cancellations and the order to end included. Calls that it runs
    /// may still answer.</summary>
    /// <param name="unkillable">True: not even SIGKILL ends the worker; only <see cref="Crash"/> and <see cref="Exit"/> do.</param>
    public void Hang(bool unkillable = false)
    {
        lock (_gate)
        {
            _hung = true;
            _unkillable = unkillable;
        }
    }

    /// <summary>Prints a line, as Python's <c>print()</c> does.</summary>
    public void WriteLine(string line) => Do(() => _events.OnOutput(line, null));

    /// <summary>Logs a message, as Python's <c>logging</c> does.</summary>
    /// <param name="level">debug, info, warning, error or critical.</param>
    /// <param name="message">The message.</param>
    public void Log(string level, string message) => Do(() => _events.OnLog(new PythonRecord(level, message)));

    /// <summary>Asks for the worker's replacement, as <c>ctx.recycle_me()</c> does.</summary>
    public void RequestRecycle() => Do(_events.OnRecycleRequested);

    internal void BreakProtocol(string problem) => Do(() =>
    {
        _events.OnProtocolError(problem);
        End(new ChildExit(null, SigKill));
    });

    internal void Start()
    {
        Do(() => _events.OnLaunched(_channel));
        _ = BootAsync();
    }

    /// <summary>Receives a frame from the host. The worker acts on it when it reads it, which a hung worker does not do.</summary>
    internal void Receive(Action read, CallKey call = default)
    {
        lock (_gate)
        {
            _inbox.Enqueue(new Sent(read, call));
        }
    }

    /// <summary>Recalls the calls that have not begun: from now on, none of them begins, whatever the worker is doing.</summary>
    internal void Recall()
    {
        lock (_gate)
        {
            foreach (ToolRequest request in _waiting)
            {
                _doings.Enqueue(() => _events.OnRecalled(request.Call));
            }
            _waiting.Clear();
            for (int left = _inbox.Count; left > 0; left--)
            {
                Sent sent = _inbox.Dequeue();
                if (sent.Call.IsNone)
                {
                    _inbox.Enqueue(sent);
                }
                else
                {
                    _doings.Enqueue(() => _events.OnRecalled(sent.Call));
                }
            }
        }
    }

    /// <summary>Takes a frame of a call that runs.</summary>
    internal void Take(CallKey call, byte[] frame)
    {
        ToolRequest? request;
        lock (_gate)
        {
            request = _running.Find(request => request.Call == call);
        }
        request?.Stream?.Take(frame);
    }

    internal void Take(in OutgoingCall call)
    {
        var request = new ToolRequest(this, call, _launch.Blueprint.Codec);
        lock (_gate)
        {
            if (Pipelines && _running.Count > 0)
            {
                _waiting.Enqueue(request);
                return;
            }
            _running.Add(request);
        }
        Begin(request);
    }

    internal void Answer(ToolRequest request, ReplyKind kind, ReplyBody body) => Do(() =>
    {
        bool waited;
        ToolRequest? next = null;
        lock (_gate)
        {
            waited = _running.Remove(request);
            if (waited && !_hung && _waiting.TryDequeue(out next))
            {
                _running.Add(next);
            }
        }
        if (waited)
        {
            _events.OnReplies([new WorkerReply(request.Call, kind, body, Pipelines ? (long)request.RunTime.TotalNanoseconds : -1)]);
        }
        if (next is not null)
        {
            Begin(next);
        }
    });

    internal void Cancel(CallKey call)
    {
        ToolRequest? request;
        lock (_gate)
        {
            request = _running.Concat(_waiting).FirstOrDefault(request => request.Call == call);
        }
        request?.Cancel();
    }

    internal void Tell(Action<IWorkerEvents> news) => news(_events);

    internal void Shutdown() => End(new ChildExit(0, null));

    internal void Signal(int signal)
    {
        if (signal == SigKill ? !_unkillable : !_hung)
        {
            Crash(signal);
        }
    }

    internal void Do(Action doing)
    {
        lock (_gate)
        {
            _doings.Enqueue(doing);
        }
        TakeTurn();
    }

    /// <summary>
    /// Runs the queued actions, unless another thread does so already: the events of a worker come one after another, as from a process.
    /// </summary>
    internal void TakeTurn()
    {
        lock (_gate)
        {
            if (_acting)
            {
                return;
            }
            _acting = true;
        }
        Turns.Take(this);
    }

    internal void Act()
    {
        while (TryTake(out Action? next))
        {
            next();
        }
    }

    private bool TryTake([NotNullWhen(true)] out Action? next)
    {
        lock (_gate)
        {
            next = null;
            if (!_gone && !_doings.TryDequeue(out next) && !_hung && _inbox.TryDequeue(out Sent sent))
            {
                next = sent.Read;
            }
            _acting = next is not null;
            return _acting;
        }
    }

    private void Begin(ToolRequest request)
    {
        if (_fleet.Find(request.Tool) is { } tool)
        {
            tool.Begin(request);
        }
        else
        {
            request.Throw(new FakeToolException("ToolNotFound", $"pool '{Id.Pool}' has no tool '{request.Tool}'")
            {
                Module = "snakepit",
                Bases = ["LookupError", "Exception", "BaseException"],
            });
        }
    }

    private async Task BootAsync()
    {
        try
        {
            await (_fleet.Boot?.Invoke(this) ?? Task.CompletedTask).ConfigureAwait(false);
            bool moves = _fleet.Find(WorkerAbilities.ExportTool) is not null;
            Do(() => _events.OnReady(
                new WorkerAbilities(_fleet.Descriptors, Device: _fleet.Device?.Invoke(this), MovesSessions: moves)));
        }
        catch (Exception error)
        {
            ToolError reason = FakeError.Describe(error);
            Do(() => _events.OnFailed(new WorkerFailure("adapter", reason.Headline, reason)));
            Exit(Protocol.ExitBootFailed);
        }
    }

    private void End(ChildExit exit)
    {
        ToolRequest[] begun;
        lock (_gate)
        {
            _gone = true;
            begun = [.. _running];
            _running.Clear();
        }
        _fleet.Forget(this);
        _events.OnExited(exit, Array.ConvertAll(begun, static request => request.Call));
        _exited.TrySetResult();
        Array.ForEach(begun, static request => request.Cancel());
    }

    /// <summary>A frame from the host, with the key of its call, if it is one.</summary>
    private readonly record struct Sent(Action Read, CallKey Call);
}
