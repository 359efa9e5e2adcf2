namespace Snakepit;

/// <summary>Runs tools. Implemented by <see cref="ISnakepit"/> (its only or default pool) and <see cref="IWorkerPool"/>. Safe for any number of threads.</summary>
public interface IToolInvoker
{
    /// <summary>Runs a tool and drops its result.</summary>
    /// <param name="tool">The tool's name in the adapter.</param>
    /// <param name="arguments">Named or positional arguments; default none.</param>
    /// <param name="options">Settings of this call; null takes the pool's.</param>
    /// <param name="cancellationToken">Releases the caller at once; the worker is told to let go.</param>
    /// <exception cref="ToolException">The tool raised, there is no such tool, or the arguments do not fit it.</exception>
    /// <exception cref="PoolSaturatedException">The queue is full, or the call waited in vain or would have; <see cref="PoolSaturatedException.Reason"/>
    /// says which.</exception>
    /// <exception cref="CallTimeoutException">The call's deadline passed.</exception>
    /// <exception cref="WorkerLostException">The worker's process died with the call.</exception>
    /// <exception cref="AdapterLoadException">No worker can start, and why.</exception>
    /// <exception cref="CircuitOpenException">Too many calls before it failed: <see cref="BreakerOptions"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; it carries that token.</exception>
    /// <exception cref="ObjectDisposedException">The pool is stopping or stopped.</exception>
    ValueTask ExecuteAsync(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs a tool and reads its result as <typeparamref name="T"/>. <c>object</c> gives .NET's natural type for the value.</summary>
    /// <inheritdoc cref="ExecuteAsync(string, ToolArguments, ToolCallOptions?, CancellationToken)"/>
    /// <exception cref="System.Text.Json.JsonException">The result does not fit <typeparamref name="T"/> without loss.</exception>
    ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs a tool and tells how that ended. Where failures are everyday, as under overload, this is cheaper than catching what
    /// <see cref="ExecuteAsync{T}(string, ToolArguments, ToolCallOptions?, CancellationToken)"/> throws: nothing is thrown for what comes of a call, its
    /// cancellation included. Thrown are mistakes of the caller only.</summary>
    /// <inheritdoc cref="ExecuteAsync(string, ToolArguments, ToolCallOptions?, CancellationToken)" path="/param"/>
    /// <exception cref="ArgumentException">The tool's name or the arguments cannot be sent.</exception>
    /// <exception cref="System.Text.Json.JsonException">The result does not fit <typeparamref name="T"/> without loss.</exception>
    ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);
}
