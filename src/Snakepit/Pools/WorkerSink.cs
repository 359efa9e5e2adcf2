using Snakepit.Frames;
using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>Receives what happens to a worker, from its channel, its start and its readings, and turns it into kernel steps.</summary>
internal sealed class WorkerSink : IWorkerEvents, ISampled
{
    private readonly PoolRing _ring;
    private readonly PoolCore _core;

    public WorkerSink(WorkerKey key, WorkerSource source, PoolRing ring)
    {
        _ring = ring;
        _core = ring.Core;
        PoolContext pool = ring.Pool;
        WorkerId id = pool.IdOf(key);
        Worker = new PoolWorker(id, pool.Clock.Now, pool.Clock.UtcNow)
        {
            Process = new WorkerProcess(pool.Name, source, this),
            Output = new WorkerOutput(pool.Reporter.CreateShare(id), pool.Reporter.CreateSignalShare(id)),
        };
    }

    public PoolWorker Worker { get; }

    public WorkerId Id => Worker.Id;

    /// <summary>The turn of the worker's start has come.</summary>
    public void OnBegun()
    {
        _core.Locked((Worker, _ring.Pool.Clock), static x => (x.Worker.LaunchedAt, x.Worker.StartedAt) = (x.Clock.Now, x.Clock.UtcNow));
        Signal(SignalKind.Begun);
    }

    /// <summary>The start failed before there was a process.</summary>
    public void OnNotLaunched(Exception error)
    {
        OnFailed(new WorkerFailure("launch", Shown.Headline(error)));
        OnExited(ChildExit.Never, []);
    }

    /// <summary>The start was withdrawn before there was a process.</summary>
    public void OnNeverStarted() => Exit(ChildExit.Never, []);

    /// <summary>The worker is about to be killed.</summary>
    public void OnKilling() => Worker.Sampled?.Refresh(default); // for the memory and processor time in its death report

    public void OnLaunched(IWorkerChannel channel)
    {
        Worker.Process.Attach(channel);
        Worker.Sampled = _ring.Limits.Watch(Worker.Pid, this);
        Signal(SignalKind.Launched);
        _ring.Pool.Reporter.Started(Worker);
    }

    public void OnReady(WorkerAbilities abilities)
    {
        Worker.Process.EndStart();
        int device = _core.Locked((sink: this, abilities), static news => news.sink.NoteReady_NeedsLock(news.abilities));
        Worker.Sampled?.TakeBaseline(abilities.IsForked);
        if (_ring.Limits.Budget is not null)
        {
            NoteUnreadableMemory();
        }
        _ring.Code.Watch(abilities.Source);
        bool canCheck = _ring.Health.CanCheck(abilities);
        bool canRecall = Worker.Channel is { CanRecall: true };
        _core.Signal(new WorkerSignal(
            SignalKind.Ready, Worker.Key, canRecall, canCheck, Device: device, CanMove: abilities.MovesSessions));
    }

    public void OnFailed(WorkerFailure failure)
    {
        Worker.End.Failure ??= failure;
        EndNote note = _core.Locked(this, static sink => sink._ring.Deaths.Causes.NoteOf(sink.Worker.End.Failure!));
        _core.Signal(new WorkerSignal(SignalKind.LaunchFailed, Worker.Key, Note: note));
    }

    public void OnReplies(ReadOnlySpan<WorkerReply> replies)
    {
        _core.Step(new Replies(this, replies), static (in told, batch) => told.Sink.Take_NeedsLock(told.All, batch));
        _ring.Limits.AskPolicies(Worker);
    }

    public void OnRecalled(CallKey call) => _core.Step(new KernelStep(StepKind.Recalled, 0) { Worker = Worker.Key, Call = call });

    public void OnPong()
    {
        Worker.MissedPing = null;
        Signal(SignalKind.Pong);
    }

    public void OnRecycleRequested() => _ring.Limits.Reach(Worker, Reason.WorkerRequested);

    public void OnMemoryUsage(long bytes) => Worker.Sampled?.Report(bytes);

    public void OnCollected() => Worker.Sampled?.Collected();

    public void OnZygoteEnded() => Worker.Sampled?.ZygoteEnded();

    public void OnLog(PythonRecord record) => _ring.Pool.Reporter.WorkerLog(Worker, record);

    public void OnTelemetry(PythonSignal signal) =>
        _ring.Pool.Reporter.WorkerTelemetry(Worker, signal, _ring.Pool.Options.Telemetry.MaxSeries);

    public void OnOutput(string line, string? tool)
    {
        Worker.Output.Last.Add(line);
        _ring.Pool.Reporter.WorkerOutput(Worker, line, tool);
    }

    public void OnProtocolError(string problem)
    {
        Worker.End.KilledBecause ??= $"it broke the protocol ({problem})";
        _ring.Pool.Reporter.ProtocolError(Worker, problem);
    }

    public void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        Worker.Process.EndStart();
        Exit(exit, begun);
    }

    void ISampled.OnVerdict(MemoryVerdict verdict, in MemoryReading reading) => _ring.Limits.OnMemory(Worker, verdict, reading);

    void ISampled.OnCpuTimeExceeded(TimeSpan used) => _ring.Limits.Reach(Worker, Reason.CpuTime);

    void ISampled.OnSampled() => _ring.Limits.OnSampled(Worker);

    private void Signal(SignalKind kind) => _core.Signal(new WorkerSignal(kind, Worker.Key));

    /// <summary>A worker whose memory cannot be read holds up nobody until it is.</summary>
    private void NoteUnreadableMemory()
    {
        Worker.Sampled?.Refresh(default);
        if (Worker.Sampled?.Reading is null)
        {
            Worker.Process.NoteMemory(0);
        }
    }

    private int NoteReady_NeedsLock(WorkerAbilities abilities)
    {
        _ring.Catalog.Note(abilities.Tools, Worker.Channel?.Format ?? BodyFormat.Json);
        Worker.ReadyAt = _ring.Pool.Clock.Now;
        Worker.Device = abilities.Device;
        _ring.Catalog.Packages.Note(abilities.SearchPath);
        return _ring.Taints.NumberOf_NeedsLock(abilities.Device);
    }

    private int Take_NeedsLock(ReadOnlySpan<WorkerReply> replies, StepBatch batch)
    {
        PoolClock clock = _ring.Pool.Clock;
        long now = clock.Now;
        int taken = 0;
        try
        {
            foreach (ref readonly WorkerReply reply in replies)
            {
                var step = new KernelStep(StepKind.Replied, now)
                {
                    Worker = Worker.Key,
                    Call = reply.Call,
                    RunTime = clock.FromNanoseconds(reply.RunNanoseconds),
                    Failed = reply.Kind == ReplyKind.Error,
                };
                if (_core.Apply_NeedsLock(step, batch).IsOutcome)
                {
                    UnaryCall call = _ring.Calls.At(reply.Call.Index)!;
                    // A caller can invent any number of names, which the worker refuses.
                    if (reply.Kind == ReplyKind.Result || _ring.Catalog.Find(call.Tool).Number > 0)
                    {
                        Worker.Memory.Calls.Add(call.Tool);
                    }
                    call.Take(reply.Kind, reply.Body);
                }
                else
                {
                    batch.Unwanted.Add(reply.Body);
                }
                taken++;
            }
            return taken;
        }
        finally
        {
            for (; taken < replies.Length; taken++)
            {
                batch.Unwanted.Add(replies[taken].Body); // a step has failed
            }
        }
    }

    private void Exit(ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        _ring.Inputs.Identify(begun);
        _core.Step(
            (sink: this, exit, begun: begun.IsEmpty ? null : begun.ToArray()),
            static (in end, batch) => end.sink.Exit_NeedsLock(end.exit, end.begun, batch));
        Worker.Process.End(); // after the step, in which the kernel learns that the slot is free
        Worker.Sampled?.Dispose();
    }

    private int Exit_NeedsLock(ChildExit exit, CallKey[]? begun, StepBatch batch)
    {
        long now = _ring.Pool.Clock.Now;
        if (_ring.Recovery.IsOrphan(Worker))
        {
            // Its calls have ended, and other calls may have their keys.
            _ring.Deaths.NoteExit(Worker, exit, [], _core.Kernel.RequestsOf(Worker.Key), now, counts: false);
            _ring.Recovery.OnOrphanExited_NeedsLock(Worker, now, batch);
            return 0;
        }
        _ring.Deaths.NoteExit(Worker, exit, begun, _core.Kernel.RequestsOf(Worker.Key), now, counts: true);
        batch.Exited = Worker;
        _ring.Inputs.Note_NeedsLock(begun, Worker.End.Death!);
        EndNote note = _ring.Deaths.Causes.NoteOf(Worker.End, exit) with { Taints = _ring.Taints.IsCausedBy(Worker.End) };
        foreach (CallKey key in begun ?? [])
        {
            if (_ring.Calls.Find(key) is { Stream.HasItems: true })
            {
                _core.Apply_NeedsLock(new KernelStep(StepKind.Commit, now) { Worker = Worker.Key, Call = key }, batch);
            }
        }
        _core.Apply_NeedsLock(new KernelStep(StepKind.Exited, now) { Worker = Worker.Key, Begun = begun, Note = note }, batch);
        return 0;
    }

    /// <summary>The replies of a worker in one batch.</summary>
    private readonly ref struct Replies(WorkerSink sink, ReadOnlySpan<WorkerReply> all)
    {
        public WorkerSink Sink { get; } = sink;

        public ReadOnlySpan<WorkerReply> All { get; } = all;
    }
}
