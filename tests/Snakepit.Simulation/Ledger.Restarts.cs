using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Rows of failures, by cause, and their ends.</content>
internal sealed partial class Ledger
{
    private const int BeyondChance = 5;

    /// <summary>True when a worker has been ready.</summary>
    public bool EverReady { get; private set; }

    public List<FailureRow> Rows { get; } = [];

    /// <summary>The rows of failures of each slot alone.</summary>
    public List<(int Slot, FailureRow Row)> SlotRows { get; } = [];

    /// <summary>True when the last failed start shows that the next one would fail too.</summary>
    public bool IsHopeless { get; private set; }

    /// <summary>
    /// The time of the last loss for which workers, or the code they load, may be to blame; null after a worker launched since was ready.
    /// </summary>
    public long? DoubtedAt { get; private set; } = long.MinValue;

    public static bool IsBrake(Reason reason) => reason
        is Reason.HealthCheckFailed
        or Reason.WorkerRequested
        or Reason.Errors
        or Reason.CpuTime
        or Reason.Custom
        or Reason.MemoryThreshold
        or Reason.MemoryGrowth;

    private void ForgetFailures()
    {
        Rows.Clear();
        SlotRows.Clear();
    }

    private void ObserveLook(KernelStep input)
    {
        MayStart = input.Kind == StepKind.Start;
        if (MayStart)
        {
            ForgetFailures();
        }
        else
        {
            StartFailures++;
            Fail(input.Now, Reason.BootFailed, input.Note.Cause, new WorkerRecord(default, input.Now), isForeign: false, isExcused: false);
        }
    }

    private void ObserveStartFailure(KernelStep input, in Effect effect, WorkerRecord worker)
    {
        EndNote note = effect.Reason == Reason.BootTimeout ? default : NoteOf(input, effect); // the pool itself ends a start that times out
        int cause = effect.Reason is Reason.BootFailed or Reason.BootTimeout ? note.Cause : (int)effect.Reason;
        Reason reason = effect.Reason == Reason.BootTimeout ? Reason.BootTimeout : Reason.BootFailed;
        int failures = Fail(input.Now, reason, cause, worker, note.IsForeign, note.IsForeign);
        IsHopeless = (note.IsForeign, EverReady) switch
        {
            (true, true) => false,
            (false, false) => true,
            (true, false) => failures > 1,
            (false, true) => failures >= BeyondChance,
        };
    }

    private void ObserveDeath(KernelStep input, in Effect effect, WorkerRecord worker, Reason reason)
    {
        EndNote note = reason == Reason.Died ? NoteOf(input, effect) : default;
        DoubtedAt = note.IsForeign ? DoubtedAt : input.Now;
        if (!note.IsForeign && !worker.HasAnswered && input.Now - worker.LaunchedAt < plan.MaxBackoff)
        {
            Fail(input.Now, reason, note.Cause, worker, isForeign: false, worker.Requests > 0);
        }
    }

    private void ObserveReplacement(long now, Reason reason, WorkerRecord worker, WorkerKey successor)
    {
        bool isOfUse = reason == Reason.HealthCheckFailed ? worker.HasPassed : worker.HasSucceeded;
        if (IsBrake(reason) && !isOfUse)
        {
            Fail(now, reason, 0, worker, false, false);
            Rows.Find(row => row.Reason == reason)!.Successor = successor;
            SlotRows.Find(own => own.Slot == worker.Key.Slot && own.Row.Reason == reason).Row.Successor = successor;
        }
    }

    private void ObserveProof(RestartProof proof, WorkerRecord worker)
    {
        Rows.RemoveAll(row => IsDisproved(row, proof, worker));
        SlotRows.RemoveAll(own => own.Slot == worker.Key.Slot && IsDisproved(own.Row, proof, worker));
    }

    private static bool IsDisproved(FailureRow row, RestartProof proof, WorkerRecord worker) =>
        row.Proof == proof && (worker.LaunchedAt >= row.LastAt || worker.Key == row.Successor);

    private static EndNote NoteOf(KernelStep input, in Effect effect) => input.Worker == effect.Worker ? input.Note : default;

    /// <summary>
    /// Returns the earliest time of the next start in a slot, and the row that delays it. The pool's failures count too once the slot has
    /// failed itself.
    /// </summary>
    public (long Time, FailureRow? Row) NextStartIn(int slot, long now)
    {
        (long Time, FailureRow? Row) next = (long.MinValue, null);
        foreach ((int of, FailureRow row) in SlotRows)
        {
            next = of == slot && !IsBrake(row.Reason) && row.NextAt > next.Time ? (row.NextAt, row) : next;
        }
        foreach (FailureRow row in Rows.Where(static row => !IsBrake(row.Reason)))
        {
            long time = PauseOf(row, slot, now);
            next = time > next.Time ? (time, row) : next;
        }
        return next;
    }

    public long NextReplacementIn(int slot, Reason reason, long now)
    {
        IEnumerable<long> own = SlotRows.Where(own => own.Slot == slot && own.Row.Reason == reason).Select(static own => own.Row.NextAt);
        IEnumerable<long> ofPool = Rows.Where(row => row.Reason == reason).Select(row => PauseOf(row, slot, now));
        return own.Concat(ofPool).DefaultIfEmpty(long.MinValue).Max();
    }

    private long PauseOf(FailureRow row, int slot, long now)
    {
        bool hasFailed = SlotRows.Exists(own => own.Slot == slot
            && own.Row.Reason == row.Reason
            && own.Row.Cause == row.Cause
            && own.Row.LastAt >= row.BeganAt
            && now <= own.Row.EarliestEnd);
        long others = row.Failures < 5 ? row.OthersAt : Math.Max(row.OthersAt, row.BeganAt + (60 * plan.Frequency));
        return row.IsUncertain ? long.MinValue : hasFailed ? row.NextAt : Math.Min(row.NextAt, others);
    }

    private int Fail(long now, Reason reason, int cause, WorkerRecord worker, bool isForeign, bool isExcused)
    {
        FailureRow row = Count(Rows, now, reason, cause, worker, isForeign, isExcused, out bool counts);
        if (counts && !worker.Key.IsNone)
        {
            List<FailureRow> own = [.. SlotRows.Where(own => own.Slot == worker.Key.Slot).Select(static own => own.Row)];
            if (!own.Exists(r => r.Reason == reason && r.Cause == cause && r.LastAt >= row.BeganAt))
            {
                row.OthersAt = row.Slots == 0 ? now : now + PauseAfter(row.Slots);
                row.Slots++;
            }
            FailureRow counted = Count(own, now, reason, cause, worker, isForeign, isExcused, out _);
            SlotRows.RemoveAll(known => known.Slot == worker.Key.Slot && !own.Contains(known.Row));
            if (!SlotRows.Exists(known => known.Row == counted))
            {
                SlotRows.Add((worker.Key.Slot, counted));
            }
        }
        return row.Failures;
    }

    private FailureRow Count(
        List<FailureRow> rows,
        long now,
        Reason reason,
        int cause,
        WorkerRecord worker,
        bool isForeign,
        bool isExcused,
        out bool counts)
    {
        rows.RemoveAll(row => now > row.LatestEnd);
        FailureRow? row = rows.Find(row => row.Reason == reason && row.Cause == cause);
        counts = row is null || !isForeign || worker.LaunchedAt >= row.LastAt;
        if (row is not null && !counts)
        {
            return row;
        }
        if (row is null)
        {
            row = new FailureRow(reason, cause) { BeganAt = now };
            rows.Add(row);
        }
        else if (now > row.EarliestEnd)
        {
            row.Failures = 0; // seen from outside, the row may have ended
            row.IsUncertain = true;
        }
        row.Failures++;
        row.SaysNothing = isForeign && EverReady;
        row.LastAt = now;
        long pause = row.Failures == 1 && (isExcused || row.IsUncertain) ? 0
            : isForeign && EverReady ? plan.InitialBackoff
            : PauseAfter(row.Failures);
        row.NextAt = Math.Max(row.NextAt, now + pause);
        long window = reason == Reason.HealthCheckFailed ? Math.Max(plan.RestartWindow, 2 * plan.CheckInterval) : plan.RestartWindow;
        row.EarliestEnd = row.NextAt + window;
        row.LatestEnd = now + (long)(plan.MaxBackoff * (1 + plan.Jitter)) + window;
        return row;
    }

    private long PauseAfter(int failures)
    {
        long pause = plan.InitialBackoff;
        for (int i = 1; i < failures && pause < plan.MaxBackoff; i++)
        {
            pause *= 4;
        }
        return Math.Min(pause, plan.MaxBackoff);
    }
}

/// <summary>A row of failures with one cause. The times are the earliest possible: the random part of the pauses is not known.</summary>
internal sealed class FailureRow(Reason reason, int cause)
{
    public Reason Reason { get; } = reason;

    public int Cause { get; } = cause;

    public RestartProof Proof { get; } = reason switch
    {
        Reason.BootFailed or Reason.BootTimeout => RestartProof.Ready,
        Reason.HealthCheckFailed => RestartProof.Check,
        _ when Ledger.IsBrake(reason) => RestartProof.Success,
        _ => RestartProof.Answer,
    };

    public int Failures { get; set; }

    public bool IsUncertain { get; set; }

    public long BeganAt { get; init; }

    public long LastAt { get; set; }

    /// <summary>True when the workers were killed from outside and so are not the cause.</summary>
    public bool SaysNothing { get; set; }

    /// <summary>The number of slots that have failed.</summary>
    public int Slots { get; set; }

    /// <summary>The time from which a slot that has not failed may start a worker.</summary>
    public long OthersAt { get; set; }

    /// <summary>The worker that has taken over from the last failed one.</summary>
    public WorkerKey Successor { get; set; }

    public long NextAt { get; set; }

    public long EarliestEnd { get; set; }

    public long LatestEnd { get; set; }
}
