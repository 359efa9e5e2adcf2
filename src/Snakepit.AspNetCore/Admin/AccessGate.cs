using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>
/// Refuses the endpoints of the administration that ask for no authorization, except to the developer's own machine in Development. The
/// first refusal is logged.
/// </summary>
/// <param name="prefix">The prefix of the endpoints.</param>
/// <param name="method">The method that mapped them.</param>
internal sealed class AccessGate(string prefix, string method)
{
    private int _told;

    /// <summary>Guards an endpoint, once all its metadata is known.</summary>
    public void Guard(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } handle || endpoint.Metadata.OfType<IAuthorizeData>().Any())
        {
            return;
        }
        endpoint.RequestDelegate = http =>
        {
            IHostEnvironment environment = http.RequestServices.GetRequiredService<IHostEnvironment>();
            return !environment.IsDevelopment() ? DenyAsync(http, environment)
                : !HostNames.IsTrusted(http) ? DenyNameAsync(http)
                : handle(http);
        };
    }

    private Task DenyAsync(HttpContext http, IHostEnvironment environment)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            http.RequestServices.GetRequiredService<AdminService>().Logger.Denied(prefix, environment.EnvironmentName, method);
        }
        return DenyAsync(http, "The log of the application says why.");
    }

    private Task DenyNameAsync(HttpContext http)
    {
        string name = Shown.Line(Shown.Text(http.Request.Host.Host));
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            http.RequestServices.GetRequiredService<AdminService>().Logger.NameDenied(prefix, name, method);
        }
        return DenyAsync(
            http,
            $"Without authorization, only localhost and addresses may ask for it in Development, not '{name}'. A name that AllowedHosts "
            + "lists may, too.");
    }

    private static Task DenyAsync(HttpContext http, string detail) => Problems.Of(new ProblemInfo
    {
        Title = "The administration is closed.", Status = StatusCodes.Status403Forbidden, Detail = detail,
    }).ExecuteAsync(http);
}
