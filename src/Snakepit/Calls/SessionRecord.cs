namespace Snakepit.Calls;

/// <summary>One session of an id, from its first call to its end. Another session of the same id has another record.</summary>
/// <param name="id">The id, which the caller has chosen.</param>
/// <param name="number">The number by which the kernel and the workers know the session; no other session of the pool has it.</param>
internal sealed class SessionRecord(string id, ulong number)
{
    private volatile SessionStage _stage;
    private HostToolCollection? _tools;

    public string Id { get; } = id;

    public ulong Number { get; } = number;

    /// <summary>Written under the pool's lock.</summary>
    public SessionStage Stage
    {
        get => _stage;
        set => _stage = value;
    }

    /// <summary>The host tools of the session; null while it has none.</summary>
    public HostToolCollection? Tools => Volatile.Read(ref _tools);

    /// <summary>Whether a call has asked for its worker only. Under the pool's lock.</summary>
    public bool IsStrict { get; set; }

    /// <summary>How the session was lost; null while it was not. Written under the pool's lock, before its calls end.</summary>
    public SessionLoss? Loss { get; set; }

    /// <summary>The reason why the session could not move to another worker with its state; null when there is none. Under the pool's
    /// lock.</summary>
    public string? WhyNotMoved { get; set; }

    /// <summary>Tells the values of this session in a store from those of another one with the same id.</summary>
    public Guid Instance { get; } = Guid.NewGuid();

    public SessionDataUse Data { get; } = new();

    /// <summary>Completes when the session has ended, for callers that wait for it. Under the pool's lock.</summary>
    public TaskCompletionSource? Ended { get; set; }

    /// <summary>Returns the host tools of the session, to add some.</summary>
    public HostToolCollection OfferTools() => LazyInitializer.EnsureInitialized(ref _tools, static () => new HostToolCollection());
}

internal enum SessionStage
{
    /// <summary>No call has been admitted yet.</summary>
    New,

    /// <summary>The kernel knows the session.</summary>
    Open,

    /// <summary>A defect has ended the kernel that knew the session. The next call is told.</summary>
    Orphaned,

    /// <summary>The session has ended.</summary>
    Over,
}

/// <summary>How a session was lost.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Worker">The worker that had its state.</param>
/// <param name="Death">The report of that worker's death, if it has died by the time of the message.</param>
internal sealed record SessionLoss(SessionLossReason Reason, WorkerId Worker, DeathReport? Death = null);
