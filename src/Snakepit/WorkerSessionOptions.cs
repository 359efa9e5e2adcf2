namespace Snakepit;

/// <summary>Options for sessions: rows of calls that share state in a worker. See <see cref="IWorkerPool.GetSession"/>.</summary>
public sealed class WorkerSessionOptions
{
    private TimeSpan? _moveTimeout;

    /// <summary>Gets or sets how long a session may go without a call before it ends. Default 1 h; null: for ever, so that only
    /// <see cref="IWorkerSession.EndAsync"/> ends it.</summary>
    public TimeSpan? Ttl { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how many sessions there may be. A call that would begin one more is rejected with
    /// <see cref="PoolSaturatedException"/>. When four fifths are reached, the pool logs a warning. Default 10,000.</summary>
    public int Max { get; set; } = 10_000;

    /// <summary>Gets or sets how long the adapter's <c>export_session()</c> and <c>import_session()</c> may each take when a session moves
    /// to another worker. A worker on which one takes longer keeps its other sessions. Default 10 s.</summary>
    public TimeSpan MoveTimeout
    {
        get => _moveTimeout ?? Defaults.SessionMove;
        set => _moveTimeout = value;
    }

    /// <summary>Gets or sets where the data of the sessions is kept, see <see cref="IWorkerSession.Data"/>. Default null: in memory, in an
    /// <see cref="InMemorySessionStore"/> of the pool's own. Pools may share a store.</summary>
    public ISessionStore? Store { get; set; }

    /// <summary>Gets or sets which worker runs the calls of a session, unless the session or the call says otherwise. Default
    /// <see cref="SessionAffinity.Hint"/>.</summary>
    public SessionAffinity Affinity { get; set; } = SessionAffinity.Hint;

    internal TimeoutDefaults Defaults { private get; init; } = new();
}
