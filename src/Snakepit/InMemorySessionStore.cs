namespace Snakepit;

/// <summary>Keeps the data of sessions in the memory of this process. Each pool has one unless
/// <see cref="WorkerSessionOptions.Store"/> is set. Safe for use by any number of threads.</summary>
public sealed class InMemorySessionStore : ISessionStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<SessionKey, Dictionary<string, StoredSessionValue>> _sessions = [];
    private long _lastVersion;

    /// <summary>Gets the number of sessions that have values.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Count;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredSessionValue?> ReadAsync(SessionKey session, string name, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return new(Find_NeedsLock(session, name));
        }
    }

    /// <inheritdoc/>
    public ValueTask<long?> WriteAsync(
        SessionKey session, string name, ReadOnlyMemory<byte> value, long? expected, CancellationToken cancellationToken = default)
    {
        var copy = value.ToArray();
        lock (_gate)
        {
            if (expected is { } version && version != (Find_NeedsLock(session, name)?.Version ?? 0))
            {
                return new(default(long?));
            }
            if (!_sessions.TryGetValue(session, out Dictionary<string, StoredSessionValue>? values))
            {
                _sessions.Add(session, values = new(StringComparer.Ordinal));
            }
            values[name] = new StoredSessionValue { Value = copy, Version = ++_lastVersion };
            return new(_lastVersion);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(SessionKey session, string name, long? expected, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            bool isThere = Find_NeedsLock(session, name) is { } stored && (expected is null || expected == stored.Version);
            if (isThere)
            {
                Dictionary<string, StoredSessionValue> values = _sessions[session];
                values.Remove(name);
                if (values.Count == 0)
                {
                    _sessions.Remove(session);
                }
            }
            return new(isThere);
        }
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(SessionKey session, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            _sessions.Remove(session);
        }
        return default;
    }

    private StoredSessionValue? Find_NeedsLock(SessionKey session, string name) =>
        _sessions.TryGetValue(session, out Dictionary<string, StoredSessionValue>? values)
            && values.TryGetValue(name, out StoredSessionValue stored) ? stored : null;
}
