using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;

namespace Snakepit.Pools;

/// <content>What is known of a worker that has ended.</content>
internal sealed partial class WorkerPool
{
    private DeathReport CreateDeathReport_NeedsLock(PoolWorker worker, ChildExit exit, ReadOnlySpan<CallKey> begun, long now)
    {
        MemoryReading? memory = worker.Sampled?.Reading;
        return new DeathReport
        {
            Worker = worker.Id,
            Pid = worker.Pid,
            Cause = exit.Classify(worker.KilledBecause is not null, worker.ReadyAt != 0),
            Description = worker.KilledBecause is { } reason ? $"{exit}: {reason}" : exit.ToString(),
            KilledBecause = worker.KilledBecause,
            ExitCode = exit.ExitCode,
            Signal = exit.Signal,
            CoreDumped = exit.CoreDumped,
            Uptime = Elapsed(worker.LaunchedAt, now),
            WasReady = worker.ReadyAt != 0,
            Requests = _kernel.RequestsOf(worker.Key),
            RunningTools = DescribeCalls_NeedsLock(worker, begun, now),
            Memory = memory is { } last ? MemorySize.FromBytes(last.Current) : null,
            PeakMemory = memory is { } most ? MemorySize.FromBytes(most.Peak) : null,
            ResidentMemory = memory is { Resident: > 0 } all ? MemorySize.FromBytes(all.Resident) : null,
            PeakResidentMemory = exit.PeakResident is > 0 and var peak ? MemorySize.FromBytes(peak) : null,
            CpuTime = exit.CpuTime ?? worker.Sampled?.CpuTime,
            Stacks = worker.Channel?.Stacks,
            LastOutput = worker.LastOutput(),
        };
    }

    private void NoteFailedStart_NeedsLock(in Effect failedStart, PoolWorker worker)
    {
        _lastStartFailure = _slotFailures[worker.Key.Slot] = StartFailure(worker, failedStart.Reason);
        if (HasHung(failedStart, worker))
        {
            NoteDeath_NeedsLock(worker);
        }
    }

    private void TellFailedStart(in Effect failedStart, PoolWorker worker)
    {
        _reporter.StartFailed(worker, StartFailure(worker, failedStart.Reason), Units(failedStart.Argument));
        if (HasHung(failedStart, worker))
        {
            _reporter.Died(worker.Death!);
        }
    }

    /// <summary>Its process, which the pool has killed, tells where its start hung.</summary>
    private static bool HasHung(in Effect failedStart, PoolWorker worker) => failedStart.Reason == Reason.BootTimeout && worker.Death is not null;

    private RunningTool[] DescribeCalls_NeedsLock(PoolWorker worker, ReadOnlySpan<CallKey> begun, long now)
    {
        var calls = new RunningTool[begun.Length];
        for (int i = 0; i < calls.Length; i++)
        {
            // A worker runs one at a time, and tells of that one.
            TimeSpan? elapsed = i == 0 ? worker.Channel?.RunningFor : null;
            UnaryCall? call = _calls[begun[i].Index]; // null: its caller has gone
            calls[i] = new RunningTool { Name = _toolNames[begun[i].Index], Elapsed = elapsed ?? Elapsed(call?.Request.SubmittedAt ?? now, now) };
        }
        return calls;
    }
}
