using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Snakepit;
using Snakepit.Configuration;
using Snakepit.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Snakepit to a host application: <see cref="ISnakepit"/>, and every <see cref="IWorkerPool"/> as a service whose key is its
/// name. Without a key, <see cref="IWorkerPool"/> is the only pool or the one named <c>default</c>.</summary>
public static class SnakepitServiceCollectionExtensions
{
    /// <summary>Adds a runtime that starts and stops with the host. Pools come from
    /// <see cref="AddPool(ISnakepitBuilder, string, Action{PoolOptions})"/>. Further calls configure the same runtime.</summary>
    /// <param name="services">The application's services.</param>
    public static ISnakepitBuilder AddSnakepit(this IServiceCollection services) => services.Register(null, null);

    /// <inheritdoc cref="AddSnakepit(IServiceCollection)"/>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Sets the options of the runtime. <see cref="SnakepitOptions.StartPolicy"/> is
    /// <see cref="StartPolicy.Checked"/> unless set.</param>
    public static ISnakepitBuilder AddSnakepit(this IServiceCollection services, Action<SnakepitOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.Register(null, configure);
    }

    /// <summary>Adds a runtime that starts and stops with the host, with <c>StartPolicy</c>, <c>Defaults</c> and <c>Pools</c> from
    /// configuration. Further calls configure the same runtime; later sections override earlier ones.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configuration">The section, such as <c>builder.Configuration.GetSection("Snakepit")</c>, which must exist. It is read
    /// when the host is built, and again when it changes.</param>
    /// <param name="configure">Sets options of the runtime, which override those of the section.</param>
    public static ISnakepitBuilder AddSnakepit(
        this IServiceCollection services, IConfigurationSection configuration, Action<SnakepitOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.Register(configuration, configure);
    }

    /// <summary>Adds a pool. If configuration already has the pool under <c>Pools</c>, adds settings in code that override it.</summary>
    /// <param name="builder">The builder that AddSnakepit returned.</param>
    /// <param name="name">The pool's name, and the key of its <see cref="IWorkerPool"/>.</param>
    /// <param name="configure">Sets options of the pool, which override configuration.</param>
    /// <exception cref="SnakepitConfigurationException">The name is not allowed, or a pool of that name was added before.</exception>
    public static ISnakepitBuilder AddPool(this ISnakepitBuilder builder, string name, Action<PoolOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return builder.Register(new PoolRegistration(name, null, configure));
    }

    /// <summary>Adds a pool with a configuration section of its own, which must exist.</summary>
    /// <param name="builder">The builder that AddSnakepit returned.</param>
    /// <param name="name">The pool's name, and the key of its <see cref="IWorkerPool"/>.</param>
    /// <param name="section">The settings of the pool, which override those under <c>Defaults</c> and <c>Pools</c>.</param>
    /// <param name="configure">Sets options of the pool, which override all others.</param>
    /// <exception cref="SnakepitConfigurationException">The name is not allowed, or a pool of that name was added before.</exception>
    public static ISnakepitBuilder AddPool(
        this ISnakepitBuilder builder, string name, IConfigurationSection section, Action<PoolOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        return builder.Register(new PoolRegistration(name, section, configure));
    }

    private static ISnakepitBuilder Register(this ISnakepitBuilder builder, PoolRegistration pool)
    {
        ArgumentNullException.ThrowIfNull(builder);
        SnakepitRegistration registration = SnakepitRegistration.Find(builder.Services)
            ?? throw new InvalidOperationException("These services have no Snakepit yet: call AddSnakepit first.");
        registration.AddPool(pool);
        return builder;
    }

    private static SnakepitRegistration Register(
        this IServiceCollection services, IConfigurationSection? section, Action<SnakepitOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        SnakepitRegistration registration = SnakepitRegistration.Find(services) ?? services.RegisterServices();
        registration.Configure(section, configure);
        return registration;
    }

    private static SnakepitRegistration RegisterServices(this IServiceCollection services)
    {
        var registration = new SnakepitRegistration(services);
        services.AddSingleton(registration);
        // The container creates the runtime from this registration alone, so that it disposes of it once; pools are not disposable.
        services.TryAddSingleton<ISnakepit>(static provider =>
            provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider).CreateRuntime());
        // Accepts any key, because names from configuration are known only when the host is built. The error about an unknown name lists
        // the existing ones.
        registration.AddPools(
            ServiceDescriptor.KeyedSingleton<IWorkerPool>(KeyedService.AnyKey, Resolve),
            ServiceDescriptor.Singleton(static provider => Resolve(provider, null)));
        services.AddHostedService<SnakepitHostedService>();
        return registration;
    }

    private static IWorkerPool Resolve(IServiceProvider provider, object? key)
    {
        ISnakepit snakepit = provider.GetRequiredService<ISnakepit>();
        return snakepit.GetPool(PoolKey.Resolve(key, snakepit.PoolNames));
    }
}
