using System.Diagnostics.CodeAnalysis;

namespace Snakepit;

/// <summary>Represents the data of a session: small values by name, which the host and Python read and write (in Python
/// <c>ctx.session.data</c>). Unlike <c>ctx.session.state</c>, they are no worker's: they stay when the session moves, and end when it ends
/// or is lost. Reading and writing is a use of the session, which begins with it if it has not begun. A session has at most 256 names of 1
/// to 256 characters. A value has at most 64 KiB as JSON. Safe for use by any number of threads.</summary>
public interface ISessionData
{
    /// <summary>Reads a value.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns>The value and its version; the default of the type and version 0 when there is none.</returns>
    /// <exception cref="System.Text.Json.JsonException">The value cannot be read as <typeparamref name="T"/>.</exception>
    /// <exception cref="SessionLostException">The session is ending, or was lost.</exception>
    ValueTask<SessionValue<T>> GetAsync<T>(string name, CancellationToken cancellationToken = default);

    /// <summary>Writes a value.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <param name="version">The version that the value must have, as it was read: 0 when there must be none. Null writes in any case.
    /// </param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns>The new version.</returns>
    /// <exception cref="SessionDataConflictException">The value has another version. Read it and try again.</exception>
    /// <exception cref="ArgumentException">Name or value is too long, or the session has too many names.</exception>
    /// <exception cref="SessionLostException">The session is ending, or was lost.</exception>
    ValueTask<long> SetAsync<T>(string name, T value, long? version = null, CancellationToken cancellationToken = default);

    /// <summary>Removes a value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="version">The version that the value must have. Null removes it in any case.</param>
    /// <param name="cancellationToken">Stops waiting for the store.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="SessionDataConflictException">The value has another version.</exception>
    /// <exception cref="SessionLostException">The session is ending, or was lost.</exception>
    ValueTask<bool> RemoveAsync(string name, long? version = null, CancellationToken cancellationToken = default);
}

/// <summary>Represents a value of a session's data. The default value of the type is that of no value.</summary>
/// <typeparam name="T">The type it was read as.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "Values are read, not compared.")]
public readonly struct SessionValue<T>
{
    /// <summary>Gets the value; the default of the type when there is none.</summary>
    public T? Value { get; init; }

    /// <summary>Gets the version, which changes with every write; 0 when there is no value.</summary>
    public long Version { get; init; }

    /// <summary>Gets whether there is a value.</summary>
    public bool Exists => Version != 0;
}
