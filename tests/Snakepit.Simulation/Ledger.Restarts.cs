using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Failures in a row, by cause, and what ends a row.</content>
internal sealed partial class Ledger
{
    private bool _everReady;

    public List<FailureRow> Rows { get; } = [];

    /// <summary>The last start that failed shows that the next one would.</summary>
    public bool IsHopeless { get; private set; }

    /// <summary>The last loss for which workers, or what they load, may be to blame, when no worker launched since was ready.</summary>
    public long? DoubtedAt { get; private set; } = long.MinValue;

    public static bool IsBrake(Reason reason) => reason is Reason.HealthCheckFailed or Reason.WorkerRequested or Reason.Errors or Reason.CpuTime
        or Reason.Custom or Reason.MemoryThreshold or Reason.MemoryGrowth;

    private void ObserveLook(KernelStep input)
    {
        MayStart = input.Kind == StepKind.Start;
        if (MayStart)
        {
            Rows.Clear();
        }
        else
        {
            StartFailures++;
            Fail(input.Now, Reason.BootFailed, input.Note.Cause, new WorkerRecord(default, input.Now), isForeign: false, isExcused: false);
        }
    }

    private void ObserveStartFailure(KernelStep input, in Effect effect, WorkerRecord worker)
    {
        EndNote note = NoteOf(input, effect);
        int cause = effect.Reason is Reason.BootFailed or Reason.BootTimeout ? note.Cause : (int)effect.Reason;
        Reason reason = effect.Reason == Reason.BootTimeout ? Reason.BootTimeout : Reason.BootFailed;
        int failures = Fail(input.Now, reason, cause, worker, note.IsForeign, note.IsForeign);
        IsHopeless = failures > 1 ? !(note.IsForeign && _everReady) : !(note.IsForeign || _everReady);
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
        }
    }

    private void ObserveProof(RestartProof proof, WorkerRecord worker) =>
        Rows.RemoveAll(row => row.Proof == proof && (worker.LaunchedAt >= row.LastAt || worker.Key == row.Successor));

    private static EndNote NoteOf(KernelStep input, in Effect effect) => input.Worker == effect.Worker ? input.Note : default;

    private int Fail(long now, Reason reason, int cause, WorkerRecord worker, bool isForeign, bool isExcused)
    {
        Rows.RemoveAll(row => now > row.LatestEnd);
        FailureRow? row = Rows.Find(row => row.Reason == reason && row.Cause == cause);
        if (row is not null && isForeign && worker.LaunchedAt < row.LastAt)
        {
            return row.Failures;
        }
        if (row is null)
        {
            row = new FailureRow(reason, cause);
            Rows.Add(row);
        }
        else if (now > row.EarliestEnd)
        {
            row.Failures = 0; // it may have ended, for all that can be said from outside
            row.IsUncertain = true;
        }
        row.Failures++;
        row.LastAt = now;
        long pause = row.Failures == 1 && (isExcused || row.IsUncertain) ? 0 : isForeign && _everReady ? plan.InitialBackoff : PauseAfter(row.Failures);
        row.NextAt = Math.Max(row.NextAt, now + pause);
        long window = reason == Reason.HealthCheckFailed ? Math.Max(plan.RestartWindow, 2 * plan.CheckInterval) : plan.RestartWindow;
        row.EarliestEnd = row.NextAt + window;
        row.LatestEnd = now + (long)(plan.MaxBackoff * (1 + plan.Jitter)) + window;
        return row.Failures;
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

/// <summary>Failures of one cause. What chance adds to the pauses is not known: the times are the least.</summary>
internal sealed class FailureRow(Reason reason, int cause)
{
    public Reason Reason { get; } = reason;

    public int Cause { get; } = cause;

    public RestartProof Proof { get; } = RestartRow.ProofOf(reason);

    public int Failures { get; set; }

    public bool IsUncertain { get; set; }

    public long LastAt { get; set; }

    /// <summary>Who has taken over from the last one.</summary>
    public WorkerKey Successor { get; set; }

    public long NextAt { get; set; }

    public long EarliestEnd { get; set; }

    public long LatestEnd { get; set; }
}
