using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using Snakepit.AspNetCore.Admin;
using Snakepit.AspNetCore.Dashboard;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the endpoints of Snakepit in a web application.</summary>
public static class SnakepitEndpointRouteBuilderExtensions
{
    /// <summary>Maps the administration of the pools: JSON for everything that the <c>snakepit</c> tool shows and does, and an OpenAPI
    /// document of it at <c>openapi/snakepit.json</c> below the prefix. Outside Development, requests are refused unless the endpoints ask
    /// for authorization: <c>app.MapSnakepitAdmin().RequireAuthorization()</c>. Orders need an antiforgery token. The log tells who has
    /// ordered what. Needs <c>services.AddSnakepitAdmin()</c>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path that all endpoints begin with.</param>
    /// <returns>All endpoints, to attach authorization or another convention to.</returns>
    public static IEndpointConventionBuilder MapSnakepitAdmin(this IEndpointRouteBuilder endpoints, string prefix = "/snakepit/admin")
    {
        RouteGroupBuilder group = MapGuarded(endpoints, prefix, nameof(MapSnakepitAdmin));
        MapAdmin(group);
        group.MapOpenApi("/openapi/{documentName}.json");
        return group;
    }

    /// <summary>Maps the dashboard: a page that shows the pools live, and recycles, drains, resizes and cancels. The page and its files
    /// come from the assembly and load nothing from elsewhere. Outside Development, requests are refused unless the endpoints ask for
    /// authorization: <c>app.MapSnakepitDashboard().RequireAuthorization()</c>, which must work in a browser, as cookies do. Needs
    /// <c>services.AddSnakepitAdmin()</c>.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path of the page.</param>
    /// <returns>All endpoints of the page, to attach authorization or another convention to.</returns>
    public static IEndpointConventionBuilder MapSnakepitDashboard(this IEndpointRouteBuilder endpoints, string prefix = "/snakepit")
    {
        RouteGroupBuilder group = MapGuarded(endpoints, prefix, nameof(MapSnakepitDashboard));
        group.ExcludeFromDescription();
        DashboardPage.Map(group);
        MapAdmin(group.MapGroup("/api"));
        return group;
    }

    /// <summary>Maps the three answers that an orchestrator asks for, at <c>startup</c>, <c>ready</c> and <c>live</c> below the prefix: 200
    /// while all health checks of that tag are healthy, 503 otherwise. <c>services.AddHealthChecks().AddSnakepitProbes()</c> adds those of
    /// the pools.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="prefix">The path that the three endpoints begin with.</param>
    /// <returns>The endpoints, to attach authorization or another convention to.</returns>
    public static IEndpointConventionBuilder MapSnakepitHealth(this IEndpointRouteBuilder endpoints, string prefix = "/health")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        foreach (string tag in (string[])["startup", "ready", "live"])
        {
            group.MapHealthChecks($"/{tag}", new HealthCheckOptions { Predicate = check => check.Tags.Contains(tag) });
        }
        return group;
    }

    /// <summary>Maps the metrics of the application in the text format of Prometheus, by OpenTelemetry's exporter. Needs
    /// <c>services.AddSnakepitMetrics()</c>, or an exporter that the application has added itself.</summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The path that is scraped.</param>
    /// <returns>The endpoint, to attach authorization or another convention to.</returns>
    public static IEndpointConventionBuilder MapSnakepitMetrics(this IEndpointRouteBuilder endpoints, string pattern = "/metrics")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        if (endpoints.ServiceProvider.GetService<MeterProvider>() is null)
        {
            throw new InvalidOperationException($"{nameof(MapSnakepitMetrics)} needs services.AddSnakepitMetrics().");
        }
        return endpoints.MapPrometheusScrapingEndpoint(pattern);
    }

    private static RouteGroupBuilder MapGuarded(IEndpointRouteBuilder endpoints, string prefix, string method)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        if (endpoints.ServiceProvider.GetService<AdminService>() is null)
        {
            throw new InvalidOperationException($"{method} needs services.AddSnakepitAdmin().");
        }
        RouteGroupBuilder group = endpoints.MapGroup(prefix);
        group.WithGroupName(SnakepitAdminServiceCollectionExtensions.Document);
        ((IEndpointConventionBuilder)group).Finally(new AccessGate(prefix, method).Guard);
        return group;
    }

    private static void MapAdmin(RouteGroupBuilder group)
    {
        RouteGroupBuilder all = group.MapGroup("").AddEndpointFilter<RouteGroupBuilder, ProblemFilter>();
        AdminEndpoints.MapReads(all);
        AdminEndpoints.MapHistory(all);
        AdminEndpoints.MapAntiforgery(all);
        AdminEndpoints.MapOrders(all.MapGroup("").AddEndpointFilter<RouteGroupBuilder, AntiforgeryFilter>());
        UnknownRequest.Map(group);
    }
}
