using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.Lifecycle;
using Snakepit.Workers;

namespace Snakepit.Runtime;

/// <summary>The services that a runtime gets from outside; tests replace them.</summary>
internal sealed record RuntimeServices
{
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>The clock of the timers on which the end of a worker depends.</summary>
    public TimeProvider Timers { get; init; } = TimeProvider.System;

    public IMeterFactory? MeterFactory { get; init; }

    /// <summary>The name of the host's environment, such as Development; null without a host.</summary>
    public string? EnvironmentName { get; init; }

    /// <summary>The services of the host application, for host tools; null without one.</summary>
    public IServiceProvider? Provider { get; init; }

    /// <summary>Starts workers; null for real processes. The runtime owns it once it is started.</summary>
    public IWorkerStarter? Starter { get; init; }

    /// <summary>Composes the settings again for a reload; null when they cannot change.</summary>
    public Composition? Composition { get; init; }

    public AdapterFiles AdapterFiles { get; } = new();

    /// <summary>Whether real processes use the means that every platform has.</summary>
    public bool UsesStandardStreams { get; init; }
}
