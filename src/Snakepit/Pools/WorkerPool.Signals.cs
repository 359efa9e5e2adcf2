using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Transport;
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
        _launcher!.Launch(new WorkerLaunch(worker.Id, _blueprint!), worker);
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
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            foreach (ref readonly WorkerReply reply in replies)
            {
                long runTime = reply.RunNanoseconds < 0 ? -1 : (long)(reply.RunNanoseconds / NanosecondsPerTick * _unitsPerTick);
                var step = new KernelStep(StepKind.Replied, now) { Worker = worker.Key, Call = reply.Call, RunTime = runTime, Failed = reply.Kind == ReplyKind.Error };
                if (_trace.Apply(step, batch.Effects).IsOutcome)
                {
                    _calls[reply.Call.Index]!.Take(reply.Kind, reply.Body);
                }
                else
                {
                    batch.Unwanted.Add(reply.Body);
                }
            }
            AfterStep_NeedsLock(batch);
        }
        Perform(batch);
        AskPolicies(worker);
    }

    internal void OnRecalled(PoolWorker worker, CallKey call)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            _trace.Apply(new KernelStep(StepKind.Recalled, _time.GetTimestamp()) { Worker = worker.Key, Call = call }, batch.Effects);
            AfterStep_NeedsLock(batch);
        }
        Perform(batch);
    }

    internal void OnExited(PoolWorker worker, ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            FinishedButLost += worker.Channel?.FinishedButLost ?? 0;
            worker.Death = batch.Death = CreateDeathReport_NeedsLock(worker, exit, begun, now);
            _endedRequests += worker.Death.Requests;
            Identify_NeedsLock(begun, worker.Death, batch.Effects);
            _trace.Apply(
                new KernelStep(StepKind.Exited, now) { Worker = worker.Key, Begun = begun.IsEmpty ? null : begun.ToArray(), Note = NoteOf_NeedsLock(worker, exit) },
                batch.Effects);
            AfterStep_NeedsLock(batch);
            ForgetInputs_NeedsLock();
            _workers[worker.Key.Slot].Remove(worker);
            NoteHangAtStart_NeedsLock(worker);
        }
        worker.Sampled?.Dispose();
        if (worker.HasHungAtStart)
        {
            _reporter.Died(worker.Death!);
        }
        Perform(batch);
    }

    internal void OnWorkerLog(PoolWorker worker, string level, string message) => _reporter.WorkerLog(worker, level, message);

    internal void OnWorkerOutput(PoolWorker worker, string line) => _reporter.WorkerOutput(worker, line);

    internal void OnProtocolError(PoolWorker worker, string problem) => _reporter.ProtocolError(worker, problem);

    private void Signal(PoolWorker worker, SignalKind kind) => Signal(new WorkerSignal(kind, worker.Key));

    private void Signal(in WorkerSignal signal)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            _trace.Apply(KernelStep.Of(_time.GetTimestamp(), signal), batch.Effects);
            AfterStep_NeedsLock(batch);
        }
        Perform(batch);
    }

    private void Command(in PoolCommand command)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            Command_NeedsLock(command, batch);
        }
        Perform(batch);
    }

    private void Command_NeedsLock(in PoolCommand command, StepBatch batch)
    {
        _trace.Apply(new KernelStep(StepKind.Command, _time.GetTimestamp()) { Command = command }, batch.Effects);
        AfterStep_NeedsLock(batch);
    }

    private TimeSpan Elapsed(long from, long to) => from == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)((to - from) / _unitsPerTick));
}
