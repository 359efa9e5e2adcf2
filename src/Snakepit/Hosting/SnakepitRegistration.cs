using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Snakepit.Configuration;

namespace Snakepit.Hosting;

/// <summary>
/// Records the application's calls of AddSnakepit and AddPool. They take effect when the container creates the runtime, because
/// configuration may gain sources until the host is built.
/// </summary>
internal sealed class SnakepitRegistration(IServiceCollection services) : ISnakepitBuilder
{
    private readonly List<Action<SnakepitRuntimeBuilder>> _steps = [];
    private readonly HashSet<string> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ServiceDescriptor> _poolServices = [];

    public IServiceCollection Services { get; } = services;

    public static SnakepitRegistration? Find(IServiceCollection services) => (SnakepitRegistration?)services
        .FirstOrDefault(static service => service.ServiceType == typeof(SnakepitRegistration))?.ImplementationInstance;

    /// <summary>Adds the services by which pools are injected: with a key, and without one unless the application has its own.</summary>
    public void AddPools(ServiceDescriptor keyed, ServiceDescriptor unkeyed)
    {
        _poolServices.AddRange(keyed, unkeyed);
        Services.Add(keyed);
        Services.TryAdd(unkeyed);
    }

    public void Configure(IConfigurationSection? section, Action<SnakepitOptions>? configure)
    {
        if (section is not null)
        {
            _steps.Add(builder => builder.UseConfiguration(section));
        }
        if (configure is not null)
        {
            _steps.Add(builder => configure(builder.Options));
        }
    }

    public void Configure(Action<SnakepitRuntimeBuilder> configure) => _steps.Add(configure);

    /// <exception cref="SnakepitConfigurationException">
    /// The name is invalid or taken. It is thrown here, where the stack trace shows the line to change.
    /// </exception>
    public void AddPool(PoolRegistration pool)
    {
        pool.ThrowIfInvalid(_pools);
        _pools.Add(pool.Name);
        _steps.Add(builder => builder.AddPool(pool));
    }

    public SnakepitRuntimeBuilder CreateBuilder(IServiceProvider provider)
    {
        var builder = new SnakepitRuntimeBuilder { Options = { StartPolicy = StartPolicy.Checked } };
        builder.Configuration = provider.GetService<IConfiguration>();
        builder.LoggerFactory = provider.GetService<ILoggerFactory>() ?? builder.LoggerFactory;
        builder.TimeProvider = provider.GetService<TimeProvider>() ?? builder.TimeProvider;
        builder.MeterFactory = provider.GetService<IMeterFactory>();
        builder.CheckServices = new PoolConsumers(Services, _poolServices).Problems;
        builder.Provider = provider;
        builder.EnvironmentName = provider.GetService<IHostEnvironment>()?.EnvironmentName;
        foreach (Action<SnakepitRuntimeBuilder> step in _steps)
        {
            step(builder);
        }
        return builder;
    }
}
