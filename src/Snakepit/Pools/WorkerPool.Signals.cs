using Snakepit.Frames;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>What workers tell, as kernel steps.</content>
internal sealed partial class WorkerPool
{
    /// <summary>Calls of dead workers that were finished but whose replies did not come. More than 0 is a defect.</summary>
    internal int FinishedButLost { get; private set; }

    /// <summary>The start of a worker has its turn.</summary>
    internal void Begin(PoolWorker worker)
    {
        lock (_gate)
        {
            worker.LaunchedAt = _time.GetTimestamp();
            worker.StartedAt = _time.GetUtcNow();
        }
        Signal(worker, SignalKind.Begun);
        try
        {
            _launcher!.Launch(new WorkerLaunch(worker.Id, _blueprint!), worker);
        }
        catch (Exception error)
        {
            worker.FailLaunch(error);
            return;
        }
        if (worker.IsKilled)
        {
            _launcher.Withdraw(worker);
        }
    }

    internal void Withdraw(PoolWorker worker) => _launcher?.Withdraw(worker);

    internal void OnLaunched(PoolWorker worker)
    {
        worker.Watch(_sampler, _sampling);
        Signal(worker, SignalKind.Launched);
        _reporter.Started(worker);
    }

    internal void OnReady(PoolWorker worker, WorkerAbilities abilities)
    {
        int device;
        lock (_gate)
        {
            Tools = abilities.Tools;
            _tools = _tools.With(abilities.Tools);
            worker.ReadyAt = _time.GetTimestamp();
            worker.Device = abilities.Device;
            device = NumberOf_NeedsLock(abilities);
            _format = worker.Channel?.Format ?? BodyFormat.Json;
        }
        worker.Sampled?.TakeBaseline(abilities.IsForked);
        WatchCode(abilities.Source);
        bool canCheck = _options.Health.CheckTool is { } check ? HasCheckTool(check) : abilities.HasHealthCheck;
        Signal(new WorkerSignal(SignalKind.Ready, worker.Key, worker.Channel is { CanRecall: true }, canCheck, Device: device));
    }

    internal void OnFailed(PoolWorker worker)
    {
        EndNote note;
        lock (_gate)
        {
            note = NoteOf_NeedsLock(worker.Failure!);
        }
        Signal(new WorkerSignal(SignalKind.LaunchFailed, worker.Key, Note: note));
    }

    internal void OnReplies(PoolWorker worker, ReadOnlySpan<WorkerReply> replies)
    {
        Step(new Replies(worker, replies), static (pool, in told, batch) => pool.Take_NeedsLock(told, batch));
        _policies.Ask(worker);
    }

    private int Take_NeedsLock(in Replies told, StepBatch batch)
    {
        long now = _time.GetTimestamp();
        int taken = 0;
        try
        {
            foreach (ref readonly WorkerReply reply in told.All)
            {
                long runTime = reply.RunNanoseconds < 0 ? -1 : (long)(reply.RunNanoseconds / NanosecondsPerTick * _unitsPerTick);
                var step = new KernelStep(StepKind.Replied, now)
                {
                    Worker = told.Worker.Key, Call = reply.Call, RunTime = runTime, Failed = reply.Kind == ReplyKind.Error,
                };
                if (_trace.Apply(step, batch.Effects).IsOutcome)
                {
                    _calls[reply.Call.Index]!.Take(reply.Kind, reply.Body);
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
            for (; taken < told.All.Length; taken++)
            {
                batch.Unwanted.Add(told.All[taken].Body); // a step has failed
            }
        }
    }

    internal void OnRecalled(PoolWorker worker, CallKey call) => Step((worker, call), static (pool, in recalled, batch) =>
    {
        pool._trace.Apply(
            new KernelStep(StepKind.Recalled, pool._time.GetTimestamp()) { Worker = recalled.worker.Key, Call = recalled.call }, batch.Effects);
        return 0;
    });

    internal void OnExited(PoolWorker worker, ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        Identify(begun);
        Step((worker, exit, begun: begun.IsEmpty ? null : begun.ToArray()), static (pool, in end, batch) => pool.End_NeedsLock(end.worker, end.exit, end.begun, batch));
        worker.Sampled?.Dispose();
    }

    private int End_NeedsLock(PoolWorker worker, ChildExit exit, CallKey[]? begun, StepBatch batch)
    {
        long now = _time.GetTimestamp();
        FinishedButLost += worker.Channel?.FinishedButLost ?? 0;
        if (_orphans.Contains(worker))
        {
            worker.Death = CreateDeathReport_NeedsLock(worker, exit, [], now); // its calls are over, and their keys may be others'
            OnOrphanExited_NeedsLock(worker, now, batch);
            return 0;
        }
        worker.Death = CreateDeathReport_NeedsLock(worker, exit, begun, now);
        batch.Exited = worker;
        _endedRequests += worker.Death.Requests;
        _endedOvershoot += OvershootOf(worker.Death.Requests);
        NoteInputs_NeedsLock(begun, worker.Death);
        _trace.Apply(new KernelStep(StepKind.Exited, now) { Worker = worker.Key, Begun = begun, Note = NoteOf_NeedsLock(worker, exit) }, batch.Effects);
        return 0;
    }

    private void Forget_NeedsLock(PoolWorker exited)
    {
        ForgetInputs_NeedsLock();
        _workers[exited.Key.Slot].Remove(exited);
    }

    internal void OnWorkerLog(PoolWorker worker, string level, string message) => _reporter.WorkerLog(worker, level, message);

    internal void OnWorkerOutput(PoolWorker worker, string line) => _reporter.WorkerOutput(worker, line);

    internal void OnProtocolError(PoolWorker worker, string problem) => _reporter.ProtocolError(worker, problem);

    private void Signal(PoolWorker worker, SignalKind kind) => Signal(new WorkerSignal(kind, worker.Key));

    private void Signal(in WorkerSignal signal)
    {
        Step(signal, static (pool, in signal, batch) =>
        {
            pool._trace.Apply(KernelStep.Of(pool._time.GetTimestamp(), signal), batch.Effects);
            return 0;
        });
    }

    private void Command(in PoolCommand command) => Step(command, static (pool, in command, batch) =>
    {
        pool.Command_NeedsLock(command, batch);
        return 0;
    });

    private void Command_NeedsLock(in PoolCommand command, StepBatch batch) =>
        _trace.Apply(new KernelStep(StepKind.Command, _time.GetTimestamp()) { Command = command }, batch.Effects);

    private TimeSpan Elapsed(long from, long to) => from == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)((to - from) / _unitsPerTick));

    /// <summary>What one worker has answered.</summary>
    private readonly ref struct Replies(PoolWorker worker, ReadOnlySpan<WorkerReply> all)
    {
        public PoolWorker Worker { get; } = worker;

        public ReadOnlySpan<WorkerReply> All { get; } = all;
    }
}
