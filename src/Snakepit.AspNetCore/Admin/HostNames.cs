using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

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
            || IsOf(name, "localhost")
            || name.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
            || Allowed(http).Any(allowed => allowed.StartsWith("*.", StringComparison.Ordinal)
                ? IsOf(name, allowed[2..])
                : name.Equals(allowed, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsOf(string name, string domain) =>
        name.Equals(domain, StringComparison.OrdinalIgnoreCase) || name.EndsWith($".{domain}", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the names that the host filtering of ASP.NET Core lets through; those of any site are none.</summary>
    private static IEnumerable<string> Allowed(HttpContext http) =>
        (http.RequestServices.GetService<IConfiguration>()?[AllowedHosts] ?? "")
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Where(static name => name is not ("*" or "[::]" or "0.0.0.0"));
}
