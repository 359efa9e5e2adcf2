namespace Snakepit.Pools.Kernel;

internal enum SlotPhase : byte
{
    Empty,
    Starting,
    Serving,
    Replacing,
    Backoff,
    Closed,
}

/// <summary>A numbered slot of the pool: the worker that serves in it, its replacement, and workers that are ending.</summary>
/// <param name="index">The slot's number.</param>
/// <param name="plan">The settings.</param>
/// <param name="roster">The roster, which is told of changes to what it counts, and of new due times.</param>
internal sealed class SlotNode(int index, PoolPlan plan, Roster roster)
{
    public int Index { get; } = index;

    public int Generation { get; set; }

    /// <summary>The worker that serves.</summary>
    public WorkerNode? Current { get; set => Set(ref field, value); }

    /// <summary>The worker that is to serve: the first one, or a replacement.</summary>
    public WorkerNode? Next { get; set => Set(ref field, value); }

    /// <summary>Workers that no longer serve but whose processes have not exited yet.</summary>
    public List<WorkerNode> Leaving { get; } = [];

    /// <summary>The failures of workers in this slot.</summary>
    public RestartLedger Restarts { get; } = new(plan);

    /// <summary>The reason why <see cref="Current"/> is to be replaced; None when it is not.</summary>
    public Reason ReplaceReason { get; set => Set(ref field, value); }

    /// <summary>The place of its replacement in the order of all that are wanted.</summary>
    public long ReplaceTicket { get; set; }

    /// <summary>The time of the last request for the replacement.</summary>
    public long AskedAt { get; set => Set(ref field, value); }

    /// <summary>The reason that holds again when <see cref="ReplaceReason"/> is cancelled.</summary>
    public Reason Overridden { get; set; }

    /// <summary>
    /// The generation of the worker that was stopped before its replacement started, until the replacement serves; 0 when there is none.
    /// </summary>
    public int Refills { get; set => Set(ref field, value); }

    /// <summary>
    /// The time since which the replacement takes over as soon as it is ready; long.MaxValue while it was only started ahead of time, or is
    /// not wanted.
    /// </summary>
    public long DueSince { get; private set => Set(ref field, value); } = long.MaxValue;

    public bool RetireDue => DueSince != long.MaxValue;

    /// <summary>The number of replacements of <see cref="Current"/> that could not start since one is wanted.</summary>
    public int FailedReplacements { get; set => Set(ref field, value); }

    /// <summary>The time until which its worker gets no calls; 0 when it may have calls.</summary>
    public long TaintedUntil { get; set => Set(ref field, value); }

    public bool IsTainted => TaintedUntil != 0;

    /// <summary>Whether a replacement was requested and has not been started.</summary>
    public bool IsAwaited => this is { ReplaceReason: Reason.Manual, Current: not null, Next: null };

    /// <summary>Whether a replacement is in progress, from its launch until the old process has ended.</summary>
    public bool IsReplacing =>
        (Next is not null && Current is not null) || Refills != 0 || Leaving.Exists(static w => !w.Exit.ReplacedBy.IsNone);

    /// <summary>Whether a worker can be started here.</summary>
    public bool IsFree => Current is null && Next is null && !Leaving.Exists(static w => w.Exit.HoldsSlot);

    /// <summary>Whether a worker is ready here that does not serve yet, and no other serves.</summary>
    public bool HasSpare => Current is null && Next is { Phase: WorkerPhase.Ready };

    /// <summary>Whether the replacement takes over at the end of the step.</summary>
    public bool GivesWay => RetireDue && Next is { Phase: WorkerPhase.Ready } && Current is not null;

    /// <summary>Whether the worker is due, but its replacement cannot start.</summary>
    public bool IsOverdue => RetireDue && FailedReplacements > 0;

    /// <summary>The worker is due from now on, if it is not yet.</summary>
    public void FallDue(long now) => DueSince = Math.Min(DueSince, now);

    /// <summary>No replacement is wanted any more.</summary>
    public void ClearReplaceReason()
    {
        ReplaceReason = Overridden = Reason.None;
        DueSince = long.MaxValue;
        FailedReplacements = 0;
    }

    /// <summary>Something has changed that the roster counts, or a due time was set.</summary>
    public void Changed() => roster.NoteChange(this);

    public void Exchange(KernelImage image)
    {
        Generation = image.Of(Generation);
        Current = image.OfPlace(Current, this);
        Next = image.OfPlace(Next, this);
        int leaving = image.Of(Leaving.Count);
        for (int i = 0; i < leaving; i++)
        {
            WorkerNode? worker = image.OfPlace(image.IsLoading ? null : Leaving[i], this);
            if (image.IsLoading)
            {
                Leaving.Add(worker!);
            }
        }
        ReplaceReason = image.Of(ReplaceReason);
        ReplaceTicket = image.Of(ReplaceTicket);
        AskedAt = image.Of(AskedAt);
        Overridden = image.Of(Overridden);
        Refills = image.Of(Refills);
        DueSince = image.Of(DueSince);
        FailedReplacements = image.Of(FailedReplacements);
        TaintedUntil = image.Of(TaintedUntil);
        Restarts.Exchange(image);
    }

    /// <summary>The number of workers that can have calls. See <see cref="Holder"/>.</summary>
    public int HolderCount => Leaving.Count + 1;

    /// <summary>Returns the worker that serves, if there is one, or one of those that are ending.</summary>
    public WorkerNode? Holder(int position) => position == 0 ? Current : Leaving[position - 1];

    public WorkerNode? Find(int generation)
    {
        if (Current?.Key.Generation == generation)
        {
            return Current;
        }
        if (Next?.Key.Generation == generation)
        {
            return Next;
        }
        foreach (WorkerNode worker in Leaving)
        {
            if (worker.Key.Generation == generation)
            {
                return worker;
            }
        }
        return null;
    }

    private void Set<T>(ref T place, T value)
    {
        place = value;
        Changed();
    }

    public SlotPhase PhaseAt(bool closing, bool backingOff) =>
        closing && Current is null && Next is null && Leaving.Count == 0 ? SlotPhase.Closed
        : Current is not null && IsReplacing ? SlotPhase.Replacing
        : Current is not null ? SlotPhase.Serving
        : Next is not null ? SlotPhase.Starting
        : backingOff ? SlotPhase.Backoff
        : SlotPhase.Empty;
}
