using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>What the endpoints of the administration need: the pools, who the host is, and where orders are logged.</summary>
internal sealed class AdminService
{
    public const string LogCategory = "Snakepit.Admin";

    private readonly string? _surface;
    private readonly string _name;
    private readonly DateTimeOffset _startedAt;

    /// <param name="snakepit">The pools.</param>
    /// <param name="name">The application's name; null for that of its program.</param>
    /// <param name="surface">Who orders; null when the user of the request does.</param>
    /// <param name="loggers">Where orders are logged.</param>
    /// <param name="time">The clock.</param>
    public AdminService(ISnakepit snakepit, string? name, string? surface, ILoggerFactory loggers, TimeProvider time)
    {
        Snakepit = snakepit;
        Time = time;
        Logger = loggers.CreateLogger(LogCategory);
        _name = name ?? Assembly.GetEntryAssembly()?.GetName().Name ?? "dotnet";
        _surface = surface;
        using var self = Process.GetCurrentProcess();
        _startedAt = self.StartTime.ToUniversalTime();
    }

    public ISnakepit Snakepit { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Ends the streams of events, so that they do not hold up the end of the host.</summary>
    public CancellationToken Stopping { get; init; }

    public HostInfo Host => new()
    {
        Name = _name,
        Pid = Environment.ProcessId,
        Version = typeof(ISnakepit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        Runtime = RuntimeInformation.FrameworkDescription,
        Machine = Environment.MachineName,
        StartedAt = _startedAt,
        Pools = [.. Snakepit.PoolNames.Order(StringComparer.OrdinalIgnoreCase)],
    };

    /// <summary>Creates the service of a web application.</summary>
    public static AdminService Create(IServiceProvider provider) => new(
        provider.GetRequiredService<ISnakepit>(),
        provider.GetService<IHostEnvironment>()?.ApplicationName,
        surface: null,
        provider.GetRequiredService<ILoggerFactory>(),
        provider.GetService<TimeProvider>() ?? TimeProvider.System)
    {
        Stopping = provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None,
    };

    /// <summary>Returns the pool with that name.</summary>
    /// <exception cref="AdminException">There is no such pool.</exception>
    public IWorkerPool Find(string pool)
    {
        IReadOnlyCollection<string> names = Snakepit.PoolNames;
        pool = pool.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase); // all of a path is decoded but this
        if (names.Contains(pool, StringComparer.OrdinalIgnoreCase))
        {
            return Snakepit.GetPool(pool);
        }
        string[] near = [.. names.Where(name => NearName.IsNear(pool, name))];
        throw new AdminException(
            StatusCodes.Status404NotFound, "There is no such pool.",
            $"There is no pool '{Shown.Text(pool)}'.{NearName.Suggest(pool, names)} The pools are: {Shown.Names(names)}.") { Near = near };
    }

    /// <summary>Logs who has ordered what, before it is done.</summary>
    public void Ordered(HttpContext http, string order)
    {
        string actor = _surface
            ?? (http.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } user }
                ? $"User '{Shown.Text(user)}'"
                : $"An anonymous user at {http.Connection.RemoteIpAddress?.ToString() ?? "an unknown address"}");
        http.Items[typeof(AdminService)] = order = Shown.Line(order);
        Logger.Ordered(Shown.Line(actor), order);
    }

    /// <summary>Returns what was ordered in a request; null when nothing was.</summary>
    public static string? OrderOf(HttpContext http) => http.Items[typeof(AdminService)] as string;
}
