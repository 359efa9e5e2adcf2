using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>
/// Refuses the endpoints of the administration that ask for no authorization, except in Development. The first refusal is logged.
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
            http.RequestServices.GetRequiredService<IHostEnvironment>() is var environment && environment.IsDevelopment()
                ? handle(http)
                : DenyAsync(http, environment);
    }

    private Task DenyAsync(HttpContext http, IHostEnvironment environment)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            http.RequestServices.GetRequiredService<AdminService>().Logger.Denied(prefix, environment.EnvironmentName, method);
        }
        return Problems.Of(new ProblemInfo
        {
            Title = "The administration is closed.",
            Status = StatusCodes.Status403Forbidden,
            Detail = "The log of the application says why.",
        }).ExecuteAsync(http);
    }
}
