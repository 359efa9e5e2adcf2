using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>The data of the session of a handle. Values are kept as JSON.</summary>
internal sealed class SessionData(WorkerSession session, SessionDataDesk desk, JsonValueCodec codec) : ISessionData
{
    public async ValueTask<SessionValue<T>> GetAsync<T>(string name, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        SessionRecord record = desk.Begin(session.Current.Record);
        StoredSessionValue? stored = await desk.ReadAsync(record, name, cancellationToken).ConfigureAwait(false);
        return stored is { } found ? new SessionValue<T> { Value = codec.Read<T>(found.Value.Span), Version = found.Version } : default;
    }

    public async ValueTask<long> SetAsync<T>(string name, T value, long? version, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        byte[] json = Encode(value);
        SessionRecord record = desk.Begin(session.Current.Record);
        return await desk.WriteAsync(record, name, json, version, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> RemoveAsync(string name, long? version, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        SessionRecord record = desk.Begin(session.Current.Record);
        return await desk.RemoveAsync(record, name, version, cancellationToken).ConfigureAwait(false);
    }

    private byte[] Encode<T>(T value)
    {
        var buffer = new PooledBuffer();
        try
        {
            codec.WriteValue(buffer, value);
            return buffer.Written.ToArray();
        }
        finally
        {
            buffer.Clear();
        }
    }
}
