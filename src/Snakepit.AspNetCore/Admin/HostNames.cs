using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Snakepit.AspNetCore.Admin;

/// <summary>
/// Tells names of this machine from those of other sites. A page of another site can make its name point to this machine (DNS rebinding),
/// and the browser then takes requests to it for its own.
/// </summary>
internal static class HostNames
{
    private const string AllowedHosts = "AllowedHosts";

    /// <summary>Returns whether a request asks for an address, for localhost, for this machine's name, or for a name that the application
    /// allows.</summary>
    public static bool IsTrusted(HttpContext http)
    {
        string name = http.Request.Host.Host;
        return IPAddress.TryParse(name, out _)
            || HostString.MatchesAny(name, ["localhost", "*.localhost", Environment.MachineName, .. Allowed(http)]);
    }

    /// <summary>Returns the names that the host filtering of ASP.NET Core lets through; those of any site are none.</summary>
    private static IEnumerable<StringSegment> Allowed(HttpContext http) =>
        (http.RequestServices.GetService<IConfiguration>()?[AllowedHosts] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(static name => name is not ("*" or "[::]" or "0.0.0.0"))
            .Select(static name => new StringSegment(name));
}
