namespace Snakepit;

/// <summary>A call of a host tool by Python: its arguments, and the call of a worker's tool that it belongs to.</summary>
public abstract class HostToolCall
{
    /// <summary>Gets the name of the host tool.</summary>
    public abstract string Tool { get; }

    /// <summary>Gets the worker that calls.</summary>
    public abstract WorkerId Worker { get; }

    /// <summary>Gets the name of the worker's tool that calls.</summary>
    public abstract string Caller { get; }

    /// <summary>Gets the id of the session of the worker's call; null without one.</summary>
    public abstract string? SessionId { get; }

    /// <summary>Gets the time that is left until the deadline of the worker's call; null without one.</summary>
    public abstract TimeSpan? Remaining { get; }

    /// <summary>Gets the services of the host application, in a scope of this call; null without a host application.</summary>
    public abstract IServiceProvider? Services { get; }

    /// <summary>Gets the number of positional arguments.</summary>
    public abstract int PositionalCount { get; }

    /// <summary>Gets the names of the named arguments.</summary>
    public abstract IReadOnlyCollection<string> Names { get; }

    /// <summary>Reads a named argument as results are read.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="name">The name of the argument.</param>
    /// <exception cref="ArgumentException">There is no such argument, or it cannot be read as <typeparamref name="T"/>.</exception>
    public T Get<T>(string name) => Read<T>(name);

    /// <summary>Reads a positional argument as results are read.</summary>
    /// <typeparam name="T">The type to read it as.</typeparam>
    /// <param name="position">The position of the argument, from 0.</param>
    /// <exception cref="ArgumentException">There is no such argument, or it cannot be read as <typeparamref name="T"/>.</exception>
    public T Get<T>(int position) => Read<T>(position);

    /// <summary>Disposes an instance that was created for this call when the call ends.</summary>
    internal virtual void DisposeAtEnd(object instance)
    {
    }

    /// <inheritdoc cref="Get{T}(string)"/>
    protected abstract T Read<T>(string name);

    /// <inheritdoc cref="Get{T}(int)"/>
    protected abstract T Read<T>(int position);
}
