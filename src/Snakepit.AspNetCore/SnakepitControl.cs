using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.AspNetCore.Admin;
using Snakepit.AspNetCore.Contract;
using Snakepit.AspNetCore.Control;

namespace Snakepit.AspNetCore;

/// <summary>Represents the control endpoint of a process, by which the <c>snakepit</c> tool of the same user attaches to it. A host
/// application uses <c>services.AddSnakepitControl()</c> instead. Disposing ends the endpoint and removes its socket.</summary>
public sealed class SnakepitControl : IAsyncDisposable
{
    private readonly WebApplication _server;

    private SnakepitControl(WebApplication server, string path)
    {
        _server = server;
        Path = path;
    }

    /// <summary>Gets the path of the Unix socket.</summary>
    public string Path { get; }

    /// <summary>Starts the control endpoint of a runtime that runs without a host application:
    /// <c>await using var control = await SnakepitControl.StartAsync(runtime)</c>.</summary>
    /// <param name="snakepit">The runtime.</param>
    /// <param name="loggerFactory">Where orders are logged, with who has ordered them; null for nowhere.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="IOException">There is no private folder for the socket, or the socket cannot be created.</exception>
    /// <exception cref="PlatformNotSupportedException">The system is Windows.</exception>
    public static Task<SnakepitControl> StartAsync(
        ISnakepit snakepit, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snakepit);
        return StartAsync(snakepit, null, loggerFactory ?? NullLoggerFactory.Instance, TimeProvider.System, cancellationToken);
    }

    /// <summary>Ends the endpoint. Readers of events are let go at once, and other requests within five seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        ControlSocket.Remove(Path);
    }

    internal static async Task<SnakepitControl> StartAsync(
        ISnakepit snakepit, string? name, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("The control endpoint needs the file modes of Unix.");
        }
        string path = ControlSocket.Prepare(time);
        WebApplication server = Build(path, snakepit, name, loggers, time);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            ControlSocket.Remove(path);
            throw;
        }
        return new SnakepitControl(server, path);
    }

    private static WebApplication Build(string path, ISnakepit snakepit, string? name, ILoggerFactory loggers, TimeProvider time)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenUnixSocket(path, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.Services.ConfigureHttpJsonOptions(
            static json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ContractJson.Default));
        builder.Services.AddSingleton(provider => new AdminService(snakepit, name, "The control socket", loggers, time)
        {
            Stopping = provider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping,
        });
        builder.Logging.AddProvider(new WarningsTo(loggers));
        WebApplication server = builder.Build();
        RouteGroupBuilder all = server.MapGroup("").AddEndpointFilter<RouteGroupBuilder, ProblemFilter>();
        AdminEndpoints.MapReads(all);
        AdminEndpoints.MapOrders(all);
        UnknownRequest.Map(server);
        return server;
    }
}
