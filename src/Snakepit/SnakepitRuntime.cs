using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.Processes;

namespace Snakepit;

/// <summary>The running pools of one host. Disposing it stops them.</summary>
public sealed partial class SnakepitRuntime
{
    internal SnakepitRuntime(SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools, RuntimeServices services)
    {
    }

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
