namespace Snakepit;

/// <summary>Runs tools. <see cref="IWorkerPool"/> runs them in its workers, <see cref="ISnakepit"/> in its only or default pool. Safe for
/// use by any number of threads.</summary>
public interface IToolInvoker
{
    /// <summary>Runs a tool and ignores its result.</summary>
    /// <param name="tool">The name of the tool in the adapter.</param>
    /// <param name="arguments">The arguments, by name or by position. Default: none.</param>
    /// <param name="options">Settings of this call; null: those of the pool.</param>
    /// <param name="cancellationToken">Releases the caller at once and asks the worker to stop the call.</param>
    /// <exception cref="ToolException">The tool raised an exception, there is no such tool, or the arguments do not fit it.</exception>
    /// <exception cref="PoolSaturatedException">The queue is full, or the wait was too long or would be.
    /// <see cref="PoolSaturatedException.Reason"/> says which.</exception>
    /// <exception cref="InputQuarantinedException">Calls with the same tool and arguments have killed workers: see
    /// <see cref="CrashOptions"/>.</exception>
    /// <exception cref="CallTimeoutException">The call's deadline passed.</exception>
    /// <exception cref="WorkerLostException">The worker's process ended during the call.</exception>
    /// <exception cref="SessionLostException">The call belongs to a session that has lost its worker.</exception>
    /// <exception cref="WorkerBusyException">The worker of the call's session is busy: see
    /// <see cref="SessionAffinity.StrictFailFast"/>.</exception>
    /// <exception cref="AdapterLoadException">The pool cannot start any worker; the message says why.</exception>
    /// <exception cref="PythonNotFoundException">The pool has found no usable Python interpreter yet.</exception>
    /// <exception cref="CircuitOpenException">Too many earlier calls failed: see <see cref="BreakerOptions"/>.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; the exception carries that
    /// token.</exception>
    /// <exception cref="ObjectDisposedException">The pool is stopping or has stopped.</exception>
    /// <exception cref="ArgumentException">The tool's name or the arguments cannot be sent.</exception>
    ValueTask ExecuteAsync(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs a tool and reads its result as <typeparamref name="T"/>. With <c>object</c>, the value gets its natural .NET
    /// type.</summary>
    /// <inheritdoc cref="ExecuteAsync(string, ToolArguments, ToolCallOptions?, CancellationToken)"/>
    /// <exception cref="ToolResultException">The result cannot be read as <typeparamref name="T"/> without loss.</exception>
    /// <exception cref="NotSupportedException">Snakepit cannot read <typeparamref name="T"/> at all.</exception>
    ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs a tool and returns how the call ended instead of throwing. Where failures are common, as under overload, this costs
    /// less than catching the exceptions of <see cref="ExecuteAsync{T}(string, ToolArguments, ToolCallOptions?, CancellationToken)"/>.
    /// Cancellation is an outcome, too. Only a mistake of the caller throws.</summary>
    /// <inheritdoc cref="ExecuteAsync(string, ToolArguments, ToolCallOptions?, CancellationToken)" path="/param"/>
    /// <exception cref="ArgumentException">The tool's name or the arguments cannot be sent.</exception>
    /// <exception cref="NotSupportedException">Snakepit cannot read <typeparamref name="T"/> at all.</exception>
    ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);

    /// <summary>Runs a tool and reads what it yields as a stream. The tool is a generator, or it returns an iterator or a list. The call
    /// begins when the first item is asked for. Each item is delivered as soon as it is yielded. If the caller stops reading, the tool
    /// pauses after a few more items. When the caller leaves the loop, for whatever reason, the generator ends at its last
    /// <c>yield</c>, and its <c>finally</c> runs.</summary>
    /// <param name="tool">The name of the tool in the adapter.</param>
    /// <param name="arguments">The arguments, by name or by position. Default: none.</param>
    /// <param name="options">Settings of this call; null: those of the pool. A stream has no <see cref="ToolCallOptions.Timeout"/> unless
    /// one is set here; <see cref="CallLimitOptions.StreamIdleTimeout"/> limits the wait between two items.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <exception cref="ToolException">The tool raised an exception. The items before it have been delivered.</exception>
    /// <exception cref="ToolResultException">An item cannot be read as <typeparamref name="T"/> without loss.</exception>
    /// <exception cref="WorkerLostException">The worker's process ended during the stream; <see cref="WorkerLostException.Items"/> says how
    /// many items had arrived. They have been delivered. After its first item, a stream is never retried.</exception>
    /// <exception cref="CallTimeoutException">The call's deadline passed, or no item came within
    /// <see cref="CallLimitOptions.StreamIdleTimeout"/>.</exception>
    /// <remarks>The enumeration, not this method, throws what
    /// <see cref="ExecuteAsync{T}(string, ToolArguments, ToolCallOptions?, CancellationToken)"/> throws. The retries of a pool
    /// apply until the first item.</remarks>
    IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default);
}
