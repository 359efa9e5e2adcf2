namespace Snakepit;

/// <summary>Represents a session of a pool: calls that share state in a worker, <c>ctx.session.state</c> in Python. The session
/// begins with its first call. It ends with <see cref="EndAsync"/>, or when no call has come for
/// <see cref="WorkerSessionOptions.Ttl"/>. Then the adapter's <c>on_session_end(session)</c> runs, and a later call with the same id begins
/// another session. This object is only a handle: it costs nothing to get and needs no disposal, and several handles with one id stand for
/// the same session. Safe for use by any number of threads.</summary>
public interface IWorkerSession : IToolInvoker
{
    /// <summary>Gets the id of the session, unique in its pool.</summary>
    string Id { get; }

    /// <summary>Gets which worker runs the calls, unless a call says otherwise: see <see cref="ToolCallOptions.Affinity"/>.</summary>
    SessionAffinity Affinity { get; }

    /// <summary>Gets what this handle tells every call, in Python <c>ctx.session.metadata</c>.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Gets the host tools of the session, beside those of <see cref="PoolOptions.Tools"/>. Only later calls may use an added
    /// tool. One named like a host tool of the pool hides that tool. The tools end with the session: a later session with the same id has
    /// none. Every call carries their names and descriptions.</summary>
    HostToolCollection Tools { get; }

    /// <summary>Gets the data of the session: small values that the host and Python read and write.</summary>
    ISessionData Data { get; }

    /// <summary>Ends the session. Its present calls finish first; new ones fail with <see cref="SessionLostException"/> until it has
    /// ended. The task completes when the pool has ended the session; its worker drops the state later, between two calls. Does nothing
    /// if the session has not begun or has ended.</summary>
    /// <param name="cancellationToken">Stops waiting. The session ends nevertheless.</param>
    Task EndAsync(CancellationToken cancellationToken = default);
}
