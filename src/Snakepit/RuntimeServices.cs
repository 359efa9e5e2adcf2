using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.Lifecycle;
using Snakepit.Workers;

namespace Snakepit;

/// <summary>What a runtime takes from its surroundings; tests replace the parts.</summary>
internal sealed record RuntimeServices
{
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where timers come from on which a worker's end depends.</summary>
    public TimeProvider Timers { get; init; } = TimeProvider.System;

    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The name of the host's environment, such as Development; null without a host.</summary>
    public string? EnvironmentName { get; init; }

    /// <summary>null: real processes. Otherwise owned by the runtime from its start on.</summary>
    public IWorkerLauncher? Launcher { get; init; }

    public AdapterFiles AdapterFiles { get; } = new();

    /// <summary>Real processes by the means that every platform has.</summary>
    public bool UsesStandardStreams { get; init; }
}
