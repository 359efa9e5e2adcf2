using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;

namespace Snakepit.Pools;

/// <summary>Records the workers that have ended or could not start. Used under the pool's lock.</summary>
internal sealed class DeathBook(PoolContext pool, OpenCalls calls, StartErrors errors) : IKernelBound
{
    private readonly DeathHistory _deaths = new();
    private readonly Dictionary<int, SnakepitException> _slotFailures = []; // by slot: its last failed start, until a start succeeds there
    private readonly Dictionary<int, TimeSpan> _cpuTimes = []; // by slot: of its workers that have ended
    private readonly long[] _recyclesByReason = new long[Enum.GetValues<RecycleReason>().Length];

    public FailureCauses Causes { get; } = new(pool.Clock);

    /// <summary>The reason why no worker starts; null when the last start has not failed.</summary>
    public SnakepitException? LastStartFailure { get; set; }

    /// <summary>A failed start that may have been reported already: the last one, or that of any slot.</summary>
    public SnakepitException? AnyStartFailure => LastStartFailure ?? _slotFailures.Values.FirstOrDefault();

    /// <summary>The number of calls of dead workers that were finished and whose replies were lost. More than 0 is a defect.</summary>
    public int FinishedButLost { get; private set; }

    /// <summary>The number of calls of workers that have ended.</summary>
    public long EndedRequests { get; private set; }

    /// <summary>The number of those calls beyond Recycle.MaxRequests.</summary>
    public long EndedOvershoot { get; private set; }

    /// <summary>Returns the processor time that the ended workers of a slot have used.</summary>
    public TimeSpan EndedCpuTime(int slot) => _cpuTimes.GetValueOrDefault(slot);

    /// <summary>The last deaths, the latest first.</summary>
    public DeathReport[] LastDeaths => _deaths.ToArray();

    /// <summary>Returns the number of replaced workers by reason, without reasons that have replaced none.</summary>
    public Dictionary<RecycleReason, long> CountRecycles() =>
        Enum.GetValues<RecycleReason>().Where(reason => _recyclesByReason[(int)reason] > 0)
        .ToDictionary(static reason => reason, reason => _recyclesByReason[(int)reason]);

    /// <summary>Returns the number of calls of a worker beyond Recycle.MaxRequests.</summary>
    public long OvershootOf(long requests) => pool.Options.Recycle.MaxRequests is { } most ? Math.Max(0, requests - most) : 0;

    /// <summary>Creates the report of a worker that has ended.</summary>
    /// <param name="worker">The worker.</param>
    /// <param name="exit">How its process ended.</param>
    /// <param name="begun">The calls that it had begun.</param>
    /// <param name="requests">The number of calls that it had got.</param>
    /// <param name="now">The time.</param>
    /// <param name="counts">Whether the worker belongs to the present kernel.</param>
    public void NoteExit(PoolWorker worker, ChildExit exit, ReadOnlySpan<CallKey> begun, long requests, long now, bool counts)
    {
        FinishedButLost += worker.Channel?.FinishedButLost ?? 0;
        worker.End.Death = Report(worker, exit, begun, requests, now);
        _cpuTimes[worker.Key.Slot] = EndedCpuTime(worker.Key.Slot) + (worker.End.Death.CpuTime ?? TimeSpan.Zero);
        if (counts)
        {
            EndedRequests += requests;
            EndedOvershoot += OvershootOf(requests);
        }
    }

    /// <summary>Records what the kernel decides about a worker.</summary>
    public void Note(in Effect effect, PoolWorker? worker, WorkerDirectory workers)
    {
        switch (effect.Kind)
        {
            case EffectKind.StartFailed when worker is not null:
                LastStartFailure = _slotFailures[worker.Key.Slot] = errors.StartFailed(worker, effect.Reason);
                if (HasHung(effect, worker))
                {
                    Keep(worker);
                }
                break;
            case EffectKind.WorkerDraining when worker is not null:
                worker.End.ReplacementReadyAt = workers.Find(effect.Replacement)?.ReadyAt ?? 0; // the replacement may end first
                break;
            case EffectKind.WorkerRecycled when worker is not null:
                NoteRecycled(effect, worker);
                break;
            case EffectKind.WorkerExited when worker is not null && effect.Reason != Reason.Shutdown:
                _recyclesByReason[(int)RecycleReason.WorkerDied]++;
                Keep(worker);
                break;
            case EffectKind.WorkerReady:
                LastStartFailure = null;
                _slotFailures.Remove(effect.Worker.Slot);
                break;
        }
    }

    /// <summary>Keeps the report of a worker whose end was not planned.</summary>
    public void Keep(PoolWorker worker)
    {
        if (worker.End.Death is { } death)
        {
            _deaths.Add(death);
        }
    }

    /// <summary>Returns a new exception about a worker that did not become ready.</summary>
    public AdapterLoadException StartFailed(PoolWorker worker, Reason reason) => errors.StartFailed(worker, reason);

    /// <summary>Returns the failed start behind an effect. By the time it is reported, other starts may have succeeded.</summary>
    public SnakepitException? FailureBehind(in Effect effect) => effect.Kind switch
    {
        EffectKind.WorkerKept => LastStartFailure, // of this step, unless nothing has failed
        EffectKind.ReplacementOverdue => _slotFailures.GetValueOrDefault(effect.Worker.Slot),
        _ => null,
    };

    /// <summary>Returns whether the pool has killed the worker, so that its report shows where its start hung.</summary>
    public static bool HasHung(in Effect failedStart, PoolWorker worker) =>
        failedStart.Reason == Reason.BootTimeout && worker.End.Death is not null;

    void IKernelBound.OnKernelReplaced_NeedsLock() => _slotFailures.Clear();

    private void NoteRecycled(in Effect effect, PoolWorker worker)
    {
        _recyclesByReason[(int)KernelWords.ToPublic(effect.Reason)]++;
        if (effect.Reason.Is(ReasonTrait.IsLoss))
        {
            Keep(worker); // the pool had not planned that
        }
        if (worker.End is { ReplacementReadyAt: > 0, Death: { } death })
        {
            worker.End.Overlap = death.Uptime - pool.Clock.Elapsed(worker.LaunchedAt, worker.End.ReplacementReadyAt);
        }
    }

    private DeathReport Report(PoolWorker worker, ChildExit exit, ReadOnlySpan<CallKey> begun, long requests, long now)
    {
        MemoryReading? memory = worker.Sampled?.Reading;
        string? killed = worker.End.KilledBecause;
        return new DeathReport
        {
            Worker = worker.Id,
            Pid = worker.Pid,
            Cause = exit.Classify(killed is not null, worker.ReadyAt != 0),
            Description = killed is null ? exit.ToString() : $"{exit}: {killed}",
            KilledBecause = killed,
            ExitCode = exit.ExitCode,
            Signal = exit.Signal,
            CoreDumped = exit.CoreDumped,
            Uptime = pool.Clock.Elapsed(worker.LaunchedAt, now),
            WasReady = worker.ReadyAt != 0,
            Requests = requests,
            RunningTools = DescribeCalls(worker, begun, now),
            Memory = memory is { } last ? MemorySize.FromBytes(last.Current) : null,
            PeakMemory = memory is { } most ? MemorySize.FromBytes(most.Peak) : null,
            ResidentMemory = memory is { Resident: > 0 } all ? MemorySize.FromBytes(all.Resident) : null,
            PeakResidentMemory = exit.PeakResident is > 0 and var peak ? MemorySize.FromBytes(peak) : null,
            CpuTime = exit.CpuTime ?? worker.Sampled?.CpuTime,
            Stacks = worker.Channel?.Stacks,
            LastOutput = worker.Output.Last.Read(),
        };
    }

    private RunningTool[] DescribeCalls(PoolWorker worker, ReadOnlySpan<CallKey> begun, long now)
    {
        var tools = new RunningTool[begun.Length];
        for (int i = 0; i < tools.Length; i++)
        {
            TimeSpan? elapsed = worker.Channel?.RunTimeOf(begun[i]);
            int index = begun[i].Index;
            long since = calls.At(index)?.Request.SubmittedAt ?? now; // null when its caller has given up
            tools[i] = new RunningTool { Name = calls.ToolAt(index), Elapsed = elapsed ?? pool.Clock.Elapsed(since, now) };
        }
        return tools;
    }
}
