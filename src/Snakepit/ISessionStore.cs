using System.Globalization;

namespace Snakepit;

/// <summary>Keeps the data of sessions: small values by name, which both the host and Python read and write. See
/// <see cref="IWorkerSession.Data"/>. The default keeps them in memory (<see cref="InMemorySessionStore"/>). Implement it to keep them in
/// a database, and derive a class of tests from <c>SessionStoreContract</c> in Snakepit.Testing. Implementations must be safe for use by
/// any number of threads. An exception of theirs reaches the code that reads or writes the data.</summary>
public interface ISessionStore
{
    /// <summary>Reads a value.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name, of 1 to 256 characters. Names are compared by their characters.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <returns>Null when there is no such value.</returns>
    ValueTask<StoredSessionValue?> ReadAsync(SessionKey session, string name, CancellationToken cancellationToken = default);

    /// <summary>Writes a value, if it has the expected version. The comparison and the write must be one step.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name.</param>
    /// <param name="value">The value. The memory is only valid until the task completes.</param>
    /// <param name="expected">The version that the value must have, 0 when there must be none; null to write in any case.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <returns>The new version: above 0, and one that no earlier value of this name and session had. Null when the value has another
    /// version than expected, and nothing was written.</returns>
    ValueTask<long?> WriteAsync(
        SessionKey session, string name, ReadOnlyMemory<byte> value, long? expected, CancellationToken cancellationToken = default);

    /// <summary>Removes a value, if it has the expected version.</summary>
    /// <param name="session">The session.</param>
    /// <param name="name">The name.</param>
    /// <param name="expected">The version that the value must have; null to remove it in any case.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    /// <returns>Whether it was removed: false when there is no such value, or when it has another version.</returns>
    ValueTask<bool> RemoveAsync(SessionKey session, string name, long? expected, CancellationToken cancellationToken = default);

    /// <summary>Removes all values of a session, which has ended. Nothing reads or writes them later. A store that outlives the host should
    /// also let values expire some time after <see cref="WorkerSessionOptions.Ttl"/>, for sessions of hosts that were killed.</summary>
    /// <param name="session">The session.</param>
    /// <param name="cancellationToken">Stops the operation.</param>
    ValueTask EndAsync(SessionKey session, CancellationToken cancellationToken = default);
}

/// <summary>Names a session in a store.</summary>
public readonly record struct SessionKey
{
    /// <summary>Gets the name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Gets the id of the session, which its user has chosen.</summary>
    public required string Id { get; init; }

    /// <summary>Gets a number for this session only: after its end, another session may have the same id.</summary>
    public required Guid Instance { get; init; }
}

/// <summary>Represents a value in a store.</summary>
public readonly record struct StoredSessionValue
{
    /// <summary>Gets the value, as it was written.</summary>
    public required ReadOnlyMemory<byte> Value { get; init; }

    /// <summary>Gets its version, above 0.</summary>
    public required long Version { get; init; }

    /// <summary>Returns the size and the version.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value.Length:N0} bytes, version {Version}");
}
