using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Metrics;
using Snakepit.AspNetCore.Admin;
using Snakepit.AspNetCore.Contract;
using Snakepit.AspNetCore.Control;
using Snakepit.Telemetry;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds what the administration of Snakepit's pools needs.</summary>
public static class SnakepitAdminServiceCollectionExtensions
{
    /// <summary>The name of the OpenAPI document.</summary>
    internal const string Document = "snakepit";

    /// <summary>Adds what <c>MapSnakepitAdmin</c> and <c>MapSnakepitDashboard</c> need: antiforgery tokens and an OpenAPI document named
    /// <c>snakepit</c>. The pools themselves come from <c>AddSnakepit</c>.</summary>
    /// <param name="services">The application's services.</param>
    public static IServiceCollection AddSnakepitAdmin(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddAntiforgery();
        services.TryAddSingleton(AdminService.Create);
        services.TryAddSingleton<PastStates>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PastStates>(
            static provider => provider.GetRequiredService<PastStates>()));
        services.ConfigureHttpJsonOptions(static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractJson.Default));
        services.AddOpenApi(Document, static options => options.ShouldInclude = static endpoint => endpoint.GroupName == Document);
        return services;
    }

    /// <summary>Adds the metrics of Snakepit to those of OpenTelemetry, and the exporter that <c>MapSnakepitMetrics</c> serves. Other
    /// meters are added as usual: <c>services.AddOpenTelemetry().WithMetrics(…)</c>.</summary>
    /// <param name="services">The application's services.</param>
    public static IServiceCollection AddSnakepitMetrics(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter(TelemetryNames.Meter).AddPrometheusExporter());
        return services;
    }

    /// <summary>Adds the control endpoint, by which the <c>snakepit</c> tool of the same user attaches to this process: HTTP over a Unix
    /// socket in a folder that no other user can enter. It opens no port, and works in any host application, with or without a web server.
    /// If the socket cannot be created, the log says why, and the application runs without it. Linux and macOS only.</summary>
    /// <param name="services">The application's services.</param>
    public static IServiceCollection AddSnakepitControl(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHostedService<ControlService>();
        return services;
    }
}
