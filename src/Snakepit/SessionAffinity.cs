namespace Snakepit;

/// <summary>Specifies which worker runs the calls of a session.</summary>
public enum SessionAffinity
{
    /// <summary>The session's worker if it is free; otherwise another one, to which the session moves. What the session keeps in a worker
    /// is a cache: it may be empty, or older than the last call.</summary>
    Hint,

    /// <summary>Only the session's worker. While it is busy, calls of the session wait for it, and hold up no other calls. When the worker
    /// ends, the session is lost, and the next call fails with <see cref="SessionLostException"/>.</summary>
    StrictQueue,

    /// <summary>As <see cref="StrictQueue"/>, but while the worker is busy, calls fail at once with
    /// <see cref="WorkerBusyException"/>.</summary>
    StrictFailFast,
}
