using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Answers requests that no endpoint of the administration takes with a problem: 405 when another method would do, else
/// 404.</summary>
internal static class UnknownRequest
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapFallback("{**path}", static (HttpContext http) => Problems.Of(Describe(http))).ExcludeFromDescription();

    private static ProblemInfo Describe(HttpContext http)
    {
        string asked = $"{http.Request.Method} {Shown.Line(Shown.Text(http.Request.Path))}";
        string[] methods = [.. MethodsOf(http).Distinct().Order(StringComparer.Ordinal)];
        if (methods.Length == 0 || methods.Contains(http.Request.Method)) // then the path only looks like that of the endpoint
        {
            return new ProblemInfo
            {
                Title = "There is no such endpoint.",
                Status = StatusCodes.Status404NotFound,
                Detail = $"{asked} is unknown to this version of Snakepit.",
            };
        }
        http.Response.Headers.Allow = string.Join(", ", methods);
        return new ProblemInfo
        {
            Title = "The method is wrong.",
            Status = StatusCodes.Status405MethodNotAllowed,
            Detail = $"{asked} is not possible. The endpoint takes {string.Join(" and ", methods)}.",
        };
    }

    private static IEnumerable<string> MethodsOf(HttpContext http) => http.RequestServices.GetRequiredService<EndpointDataSource>()
        .Endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Order != int.MaxValue && Matches(endpoint, http.Request.Path))
        .SelectMany(static endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []);

    private static bool Matches(RouteEndpoint endpoint, PathString path) => endpoint.RoutePattern.RawText is { } pattern
        && new TemplateMatcher(TemplateParser.Parse(pattern), []).TryMatch(path, []);
}
