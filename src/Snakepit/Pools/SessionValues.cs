namespace Snakepit.Pools;

/// <summary>The store of the data of a pool's sessions. It is told of their ends, never under the pool's lock.</summary>
internal sealed class SessionValues(PoolContext pool)
{
    public ISessionStore Store { get; } = pool.Options.Session.Store ?? new InMemorySessionStore();

    public SessionKey KeyOf(SessionRecord session) => new() { Pool = pool.Name, Id = session.Id, Instance = session.Instance };

    /// <summary>The session has ended: its values go as soon as nothing uses them.</summary>
    public void End_NeedsLock(SessionRecord session)
    {
        if (session.Data.End())
        {
            Remove(session);
        }
    }

    /// <summary>Removes the values of a session that has ended.</summary>
    public void Remove(SessionRecord session) => ThreadPool.UnsafeQueueUserWorkItem(
        static end => _ = end.Values.EndAsync(end.Session), (Values: this, Session: session), preferLocal: false);

    private async Task EndAsync(SessionRecord session)
    {
        try
        {
            await Store.EndAsync(KeyOf(session)).ConfigureAwait(false);
        }
        catch (Exception error) // of the store's own code
        {
            pool.Reporter.SessionDataKept(session.Id, error);
        }
    }
}
