using System.Numerics;

namespace Snakepit.Pools.Kernel;

internal enum WorkerPhase : byte
{
    Launching,
    Booting,
    Ready,
    Serving,
    Draining,
    Stopping,
    Exited,
}

/// <summary>What is to be found out about the memory of a worker that had too much.</summary>
internal enum MemoryLook : byte
{
    None,

    /// <summary>It is to be looked at when the calls that the worker has are over.</summary>
    Wanted,

    /// <summary>The look is under way.</summary>
    Asked,
}

/// <summary>One worker as the kernel sees it.</summary>
internal sealed class WorkerNode(SlotNode slot, WorkerKey key, long launchedAt)
{
    public SlotNode Slot { get; } = slot;

    public WorkerKey Key { get; } = key;

    public long LaunchedAt { get; } = launchedAt;

    public WorkerPhase Phase { get; private set; } = WorkerPhase.Launching;

    /// <summary>When its start, which may have waited for its turn, began.</summary>
    public long BegunAt { get; set; } = launchedAt;

    public long ServingSince { get; set; }

    /// <summary>Its process is known to exist, or to have existed.</summary>
    public bool HasProcess { get; set; }

    /// <summary>It has answered at least one call.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>It has run at least one call without an error.</summary>
    public bool HasSucceeded { get; set; }

    /// <summary>It has passed at least one check.</summary>
    public bool HasPassed { get; set; }

    /// <summary>Calls assigned so far, recalled ones not counted.</summary>
    public long Requests { get; set; }

    public CallList Calls = CallList.Empty;

    /// <summary>The calls that wait for this worker and no other.</summary>
    public CallList Bound = CallList.Empty;

    /// <summary>How many of <see cref="Calls"/> still have a caller.</summary>
    public int OpenCalls { get; set; }

    /// <summary>Calls that wait in its channel can be taken back, so some may wait there.</summary>
    public bool CanRecall { get; set; }

    /// <summary>How many of <see cref="Calls"/> are of tools that are not fast, or not known.</summary>
    public int SlowCalls { get; set; }

    /// <summary>The expected work of <see cref="Calls"/>.</summary>
    public long Work { get; set; }

    /// <summary>The bytes of <see cref="Calls"/>.</summary>
    public int Bytes { get; set; }

    /// <summary>Without progress until then it has stalled.</summary>
    public long StallAt { get; set; }

    /// <summary>It has made no progress for too long: until its next reply nothing more waits behind what it runs.</summary>
    public bool Stalled { get; set; }

    /// <summary>When the phase has lasted too long: boot, drain, stop or kill timeout. long.MaxValue: never.</summary>
    public long Due { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>Why it is leaving; None while it is not.</summary>
    public Reason Leaving { get; set; }

    /// <summary>SIGKILL was ordered.</summary>
    public bool Killed { get; set; }

    /// <summary>A start that was already reported as failed.</summary>
    public bool StartFailed { get; set; }

    /// <summary>The worker that took over; none while none has.</summary>
    public WorkerKey ReplacedBy { get; set => Set(ref field, value); }

    /// <summary>Nobody is started in its place before it is gone.</summary>
    public bool HoldsPlace { get; set => Set(ref field, value); }

    /// <summary>When it has served long enough. long.MaxValue: never, or it was acted upon.</summary>
    public long TtlDue { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>How long it is to serve; 0: for ever.</summary>
    public long Ttl { get; set; }

    /// <summary>When it last ended a caller's call, or began to serve.</summary>
    public long IdleSince { get; set; }

    /// <summary>Failed calls since the last that succeeded.</summary>
    public int Errors { get; set; }

    /// <summary>A reason that does not count before the worker has lived its least time.</summary>
    public Reason Held => HeldSet == 0 ? Reason.None : (Reason)BitOperations.TrailingZeroCount(HeldSet);

    private uint HeldSet { get; set; }

    /// <summary>When it is to be asked for a sign of life next.</summary>
    public long PingDue { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>When the sign of life it was asked for is overdue. long.MaxValue: none was asked for.</summary>
    public long PongDue { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>It owes a sign of life, in a call.</summary>
    public bool Unresponsive { get; set; }

    /// <summary>When it is killed for that.</summary>
    public long SilentUntil { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>When its health is to be checked next.</summary>
    public long CheckDue { get; set => SetClock(ref field, value); } = long.MaxValue;

    public bool CanCheck { get; set; }

    /// <summary>A number for the device it uses; 0: it names none.</summary>
    public int Device { get; set; }

    /// <summary>It had too much memory; until that is settled it gets no calls.</summary>
    public MemoryLook Look { get; set; }

    /// <summary>What it had too much of has gone since a replacement was launched for it.</summary>
    public bool MemoryIsBack { get; set; }

    /// <summary>Until then it gets none even if nobody says what the look has found.</summary>
    public long LookUntil { get; set => SetClock(ref field, value); } = long.MaxValue;

    /// <summary>When any of its own clocks is due.</summary>
    public long NextClock =>
        Math.Min(Math.Min(Math.Min(TtlDue, PingDue), Math.Min(PongDue, SilentUntil)), Math.Min(CheckDue, LookUntil));

    /// <summary>It runs a call nobody waits for beyond the cancel grace: no new calls, and death when its other calls are done.</summary>
    public bool Overdue { get; set; }

    // Neighbours among the workers of the same load that can take a call; Listed is -1 outside.
    public int Listed { get; set; } = -1;

    public WorkerNode? PreviousListed { get; set; }

    public WorkerNode? NextListed { get; set; }

    public int Load => Calls.Count;

    /// <summary>The worker leaves, and has nothing more to do.</summary>
    public bool IsDrained => Phase == WorkerPhase.Draining && Calls.Count == 0 && Bound.Count == 0;

    public bool IsStarting => Phase is WorkerPhase.Launching or WorkerPhase.Booting;

    public void Hold(Reason reason)
    {
        HeldSet |= 1u << (int)reason;
        Slot.Changed();
    }

    public void LetGo(Reason reason) => HeldSet &= ~(1u << (int)reason);

    public void Exchange(KernelImage image)
    {
        Phase = image.Of(Phase);
        BegunAt = image.Of(BegunAt);
        ServingSince = image.Of(ServingSince);
        HasProcess = image.Of(HasProcess);
        HasAnswered = image.Of(HasAnswered);
        HasSucceeded = image.Of(HasSucceeded);
        HasPassed = image.Of(HasPassed);
        Requests = image.Of(Requests);
        Calls.Exchange(image);
        Bound.Exchange(image);
        OpenCalls = image.Of(OpenCalls);
        CanRecall = image.Of(CanRecall);
        SlowCalls = image.Of(SlowCalls);
        Work = image.Of(Work);
        Bytes = image.Of(Bytes);
        StallAt = image.Of(StallAt);
        Stalled = image.Of(Stalled);
        Due = image.Of(Due);
        Leaving = image.Of(Leaving);
        Killed = image.Of(Killed);
        StartFailed = image.Of(StartFailed);
        ReplacedBy = image.Of(ReplacedBy);
        HoldsPlace = image.Of(HoldsPlace);
        TtlDue = image.Of(TtlDue);
        Ttl = image.Of(Ttl);
        IdleSince = image.Of(IdleSince);
        Errors = image.Of(Errors);
        HeldSet = image.Of(HeldSet);
        PingDue = image.Of(PingDue);
        PongDue = image.Of(PongDue);
        Unresponsive = image.Of(Unresponsive);
        SilentUntil = image.Of(SilentUntil);
        CheckDue = image.Of(CheckDue);
        CanCheck = image.Of(CanCheck);
        Device = image.Of(Device);
        Look = image.Of(Look);
        LookUntil = image.Of(LookUntil);
        MemoryIsBack = image.Of(MemoryIsBack);
        Overdue = image.Of(Overdue);
        Listed = image.Of(Listed);
        PreviousListed = image.OfMention(PreviousListed);
        NextListed = image.OfMention(NextListed);
    }

    public void MoveTo(WorkerPhase next)
    {
        bool legal = (Phase, next) switch
        {
            (WorkerPhase.Launching, WorkerPhase.Booting or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Booting, WorkerPhase.Ready or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Ready, WorkerPhase.Serving or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Serving, WorkerPhase.Draining or WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Draining, WorkerPhase.Stopping or WorkerPhase.Exited) => true,
            (WorkerPhase.Stopping, WorkerPhase.Exited) => true,
            _ => false,
        };
        if (!legal)
        {
            throw new InvalidOperationException($"Worker {Key} cannot go from {Phase} to {next}.");
        }
        Phase = next;
        Slot.Changed();
    }

    private void Set<T>(ref T place, T value)
    {
        place = value;
        Slot.Changed();
    }

    /// <summary>A clock that is put off is not looked at before its old time has come: most are put off with every reply.</summary>
    private void SetClock(ref long clock, long value)
    {
        if (value < clock)
        {
            Slot.Changed();
        }
        clock = value;
    }
}
