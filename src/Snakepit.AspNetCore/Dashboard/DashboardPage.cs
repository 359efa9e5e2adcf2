using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Snakepit.AspNetCore.Dashboard;

/// <summary>Serves the files of the dashboard, which are embedded in the assembly.</summary>
internal static class DashboardPage
{
    private const string Folder = "dashboard/";
    private const string Index = "index.html";

    // The page runs its own files only, and no other page may frame it.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    private static readonly Lazy<FrozenDictionary<string, PageFile>> s_files = new(Load);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", static http =>
        {
            if (!http.Request.Path.Value!.EndsWith('/'))
            {
                // The page names its files relative to its own path.
                http.Response.Redirect($"{http.Request.PathBase}{http.Request.Path}/{http.Request.QueryString}");
                return Task.CompletedTask;
            }
            return WriteAsync(http, s_files.Value[Index]);
        });
        foreach ((string path, PageFile file) in s_files.Value)
        {
            routes.MapGet($"/{path}", http => WriteAsync(http, file));
        }
    }

    private static async Task WriteAsync(HttpContext http, PageFile file)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache"; // the browser asks whether it has changed
        headers.ETag = file.Tag;
        if (http.Request.Headers.IfNoneMatch == file.Tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        http.Response.ContentType = file.MediaType;
        http.Response.ContentLength = file.Content.Length;
        await http.Response.Body.WriteAsync(file.Content, http.RequestAborted).ConfigureAwait(false);
    }

    private static FrozenDictionary<string, PageFile> Load()
    {
        System.Reflection.Assembly assembly = typeof(DashboardPage).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(static name => name[Folder.Length..], name =>
            {
                using Stream stream = assembly.GetManifestResourceStream(name)!;
                byte[] content = new byte[stream.Length];
                stream.ReadExactly(content);
                return new PageFile(content, MediaTypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\"");
            });
    }

    private static string MediaTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    private sealed record PageFile(byte[] Content, string MediaType, string Tag);
}
