using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.Processes;

namespace Snakepit;

/// <summary>The running pools of one host. Disposing it stops them.</summary>
public sealed partial class SnakepitRuntime : ISnakepit, IAsyncDisposable
{
    internal SnakepitRuntime(SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools, RuntimeServices services)
    {
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> PoolNames => throw new NotSupportedException();

    /// <inheritdoc/>
    public IWorkerPool GetPool(string name) => throw new NotSupportedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    internal Task StartAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    internal Task StopAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>What a runtime takes from its surroundings; tests replace the parts.</summary>
internal sealed record RuntimeServices
{
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>null: real processes.</summary>
    public IWorkerLauncher? Launcher { get; init; }
}
