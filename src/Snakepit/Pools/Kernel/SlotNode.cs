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

/// <summary>A numbered slot of the pool: the worker that serves in it, the one that will, and those that leave.</summary>
/// <param name="index">Its number.</param>
/// <param name="plan">The settings.</param>
/// <param name="roster">Which is told when something of the slot has changed that is counted, or when a clock was set.</param>
internal sealed class SlotNode(int index, PoolPlan plan, Roster roster)
{
    public int Index { get; } = index;

    public int Generation { get; set; }

    /// <summary>The worker that serves.</summary>
    public WorkerNode? Current { get; set => Set(ref field, value); }

    /// <summary>The worker that will serve: the first one, or a replacement.</summary>
    public WorkerNode? Next { get; set => Set(ref field, value); }

    /// <summary>Workers that no longer serve but whose exit was not seen yet.</summary>
    public List<WorkerNode> Leaving { get; } = [];

    /// <summary>What has gone wrong with workers of this slot.</summary>
    public RestartLedger Restarts { get; } = new(plan);

    /// <summary>Why <see cref="Current"/> is to be replaced; None when it is not.</summary>
    public Reason Wanted { get; set => Set(ref field, value); }

    /// <summary>The order in which replacements were asked for.</summary>
    public long WantedTicket { get; set; }

    /// <summary>When somebody last asked for the replacement by hand.</summary>
    public long AskedAt { get; set => Set(ref field, value); }

    /// <summary>The reason that stands when <see cref="Wanted"/> is taken back.</summary>
    public Reason Overridden { get; set; }

    /// <summary>The generation that was stopped before its replacement started, which is still to come; 0: none.</summary>
    public int Refills { get; set => Set(ref field, value); }

    /// <summary>Since when the replacement takes over as soon as it is ready; long.MaxValue while it was only started ahead of time, or is
    /// not wanted.</summary>
    public long DueSince { get; private set => Set(ref field, value); } = long.MaxValue;

    public bool RetireDue => DueSince != long.MaxValue;

    /// <summary>How many replacements of <see cref="Current"/> could not start since one is wanted.</summary>
    public int FailedReplacements { get; set => Set(ref field, value); }

    /// <summary>Until then its worker gets no calls; 0: it may.</summary>
    public long TaintedUntil { get; set => Set(ref field, value); }

    public bool IsTainted => TaintedUntil != 0;

    /// <summary>Somebody asked for a replacement that has not been started.</summary>
    public bool IsAwaited => this is { Wanted: Reason.Manual, Current: not null, Next: null };

    /// <summary>A replacement is under way, from its launch until the old process is gone.</summary>
    public bool IsReplacing =>
        (Next is not null && Current is not null) || Refills != 0 || Leaving.Exists(static w => !w.Exit.ReplacedBy.IsNone);

    /// <summary>A worker can be started here.</summary>
    public bool IsFree => Current is null && Next is null && !Leaving.Exists(static w => w.Exit.HoldsSlot);

    /// <summary>Here is a worker that is ready and serves no calls yet.</summary>
    public bool HasSpare => Current is null && Next is { Phase: WorkerPhase.Ready };

    /// <summary>The replacement takes over when the step ends.</summary>
    public bool GivesWay => RetireDue && Next is { Phase: WorkerPhase.Ready } && Current is not null;

    /// <summary>The worker should have given way, but its replacement cannot start.</summary>
    public bool IsOverdue => RetireDue && FailedReplacements > 0;

    /// <summary>The worker gives way from now on, if it does not yet.</summary>
    public void FallDue(long now) => DueSince = Math.Min(DueSince, now);

    /// <summary>Nothing is wanted any more.</summary>
    public void ClearWanted()
    {
        Wanted = Overridden = Reason.None;
        DueSince = long.MaxValue;
        FailedReplacements = 0;
    }

    /// <summary>Something has changed that is counted, or a clock was set.</summary>
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
        Wanted = image.Of(Wanted);
        WantedTicket = image.Of(WantedTicket);
        AskedAt = image.Of(AskedAt);
        Overridden = image.Of(Overridden);
        Refills = image.Of(Refills);
        DueSince = image.Of(DueSince);
        FailedReplacements = image.Of(FailedReplacements);
        TaintedUntil = image.Of(TaintedUntil);
        Restarts.Exchange(image);
    }

    /// <summary>How many workers can have calls: see <see cref="Holder"/>.</summary>
    public int HolderCount => Leaving.Count + 1;

    /// <summary>The worker that serves, if one does, and those that leave.</summary>
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
