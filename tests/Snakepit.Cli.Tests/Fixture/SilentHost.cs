using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Snakepit.Cli.Tests.Fixture;

/// <summary>A host that introduces itself, tells one state, and nothing after it: as one that is stopped by a signal.</summary>
internal sealed class SilentHost : IAsyncDisposable
{
    private readonly WebApplication _server;

    private SilentHost(WebApplication server) => _server = server;

    public static async Task<SilentHost> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(
            Path.Combine(folder, $"{Environment.ProcessId}-0.control"), static listen => listen.Protocols = HttpProtocols.Http1));
        builder.Services.AddRoutingCore();
        WebApplication server = builder.Build();
        server.MapGet("/host", static () => Results.Text(
            $$"""
            {"schema":1,"name":"Mute","pid":{{Environment.ProcessId}},"version":"1","runtime":"","machine":"",
             "startedAt":"2026-01-01T00:00:00Z","pools":["text"]}
            """,
            "application/json"));
        server.MapGet("/events", static async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("event: state\ndata: {\"at\":\"2026-01-01T00:00:00Z\",\"pools\":[]}\n\n", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new SilentHost(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
