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

    internal void OnLaunched(PoolWorker worker)
    {
        worker.Watch(_sampler, _sampling);
        Signal(worker, SignalKind.Launched);
        _reporter.Started(worker);
    }

    internal void OnReady(PoolWorker worker, WorkerAbilities abilities)
    {
        lock (_gate)
        {
            Tools = abilities.Tools;
            _tools = _tools.With(abilities.Tools);
            worker.ReadyAt = _time.GetTimestamp();
            _format = worker.Channel?.Format ?? BodyFormat.Json;
        }
        worker.Sampled?.TakeBaseline(abilities.IsForked);
        WatchCode(abilities.Source);
        bool canCheck = _options.Health.CheckTool is { } check ? HasCheckTool(check) : abilities.HasHealthCheck;
        Signal(worker, new WorkerSignal(SignalKind.Ready, worker.Key, worker.Channel is { CanRecall: true }, canCheck));
    }

    internal void OnFailed(PoolWorker worker)
    {
        EndNote note;
        lock (_gate)
        {
            note = NoteOf_NeedsLock(worker.Failure);
        }
        Signal(worker, new WorkerSignal(SignalKind.LaunchFailed, worker.Key, Note: note));
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
                if (_kernel.Replied(now, worker.Key, reply.Call, runTime, reply.Kind == ReplyKind.Error, batch.Effects))
                {
                    _calls[reply.Call.Index]!.Take(reply.Kind, reply.Body);
                }
                else
                {
                    batch.Unwanted.Add(reply.Body);
                }
                _trace.Add(now, TraceKind.Reply, worker.Key, reply.Call, (int)reply.Kind);
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
            long now = _time.GetTimestamp();
            _kernel.Recalled(now, worker.Key, call, batch.Effects);
            _trace.Add(now, TraceKind.Recall, worker.Key, call);
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
            worker.Death = batch.Death = CreateDeathReport(worker, exit, begun.Length, now);
            _endedRequests += worker.Death.Requests;
            Identify_NeedsLock(begun, worker.Death);
            _kernel.Exited(now, worker.Key, begun, batch.Effects, NoteOf_NeedsLock(worker, exit));
            _trace.Add(now, TraceKind.Exit, worker.Key);
            AfterStep_NeedsLock(batch);
            ForgetInputs_NeedsLock();
            _workers[worker.Key.Slot].Remove(worker);
        }
        worker.Sampled?.Dispose();
        Perform(batch);
    }

    internal void OnWorkerLog(PoolWorker worker, string level, string message) => _reporter.WorkerLog(worker, level, message);

    internal void OnWorkerOutput(PoolWorker worker, string line) => _reporter.WorkerOutput(worker, line);

    internal void OnProtocolError(PoolWorker worker, string problem) => _reporter.ProtocolError(worker, problem);

    private void Signal(PoolWorker worker, SignalKind kind) => Signal(worker, new WorkerSignal(kind, worker.Key));

    private void Signal(PoolWorker worker, in WorkerSignal signal)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _kernel.Apply(now, signal, batch.Effects);
            _trace.Add(now, TraceKind.Signal, worker.Key, default, ((int)signal.Reason << 8) | (int)signal.Kind);
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
        long now = _time.GetTimestamp();
        _kernel.Apply(now, command, batch.Effects);
        _trace.Add(now, TraceKind.Command, new WorkerKey(command.Slot, 0), default, (int)command.Kind);
        AfterStep_NeedsLock(batch);
    }

    private DeathReport CreateDeathReport(PoolWorker worker, ChildExit exit, int running, long now) => new()
    {
        Worker = worker.Id,
        Pid = worker.Pid,
        Cause = worker.KilledBecause is { } reason ? $"{exit}: {reason}" : exit.ToString(),
        ExitCode = exit.ExitCode,
        Signal = exit.Signal,
        Uptime = Elapsed(worker.LaunchedAt, now),
        Requests = _kernel.RequestsOf(worker.Key),
        Running = running,
        Memory = worker.Sampled?.Reading is { } memory ? new MemorySize(memory.Current) : null,
        Stacks = worker.Channel?.Stacks,
        LastOutput = worker.LastOutput(),
    };

    private TimeSpan Elapsed(long from, long to) => from == 0 ? TimeSpan.Zero : TimeSpan.FromTicks((long)((to - from) / _unitsPerTick));
}
