using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>A host application whose pool is in the state of its name until it is stopped. It then writes every call's outcome.</summary>
internal static class HostedApplication
{
    public const string Idle = "idle";
    public const string Ending = "ending";
    public const string Endless = "endless";
    public const string Deaf = "deaf";
    public const string Booting = "booting";
    public const string Forking = "forking";
    public const string Failing = "failing";
    public const string Recycling = "recycling";

    /// <summary>As <see cref="Endless"/>, in a host that gives its services less time than the pool takes.</summary>
    public const string Impatient = "impatient";

    public static async Task RunAsync(string state, TextWriter output)
    {
        int unobserved = 0;
        TaskScheduler.UnobservedTaskException += (_, _) => Interlocked.Increment(ref unobserved);
        await ServeAsync(state, output);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await output.WriteLineAsync($"unobserved: {unobserved}");
    }

    private static async Task ServeAsync(string state, TextWriter output)
    {
        using var gate = new Gate();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IHost host = Build(state, begun);
        ISnakepit snakepit = host.Services.GetRequiredService<ISnakepit>();
        IAsyncEnumerable<LifecycleEvent> events = snakepit.WatchAsync();
        await host.StartAsync();
        Dictionary<string, Task> calls = Call(state, snakepit, gate);
        await ArriveAsync(state, snakepit, events, begun.Task);
        if (state is Ending or Recycling)
        {
            host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(() => gate.Release());
        }
        await output.WriteLineAsync("ready");
        try
        {
            await host.WaitForShutdownAsync();
        }
        finally
        {
            await ((IAsyncDisposable)host).DisposeAsync();
        }
        foreach ((string name, Task call) in calls)
        {
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await output.WriteLineAsync($"{name}: {call.Exception?.InnerException?.GetType().Name ?? "answered"}");
        }
    }

    private static IHost Build(string state, TaskCompletionSource begun)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new HostScenarios.Listener("begun running", begun));
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(state == Impatient ? 0.1 : 30));
        builder.Services.AddSnakepit(static o => o.StartPolicy = StartPolicy.Background).AddPool("it", p =>
        {
            (p.Adapter, p.Size, p.Transport.Portable) = (Rig.Adapter(Adapter(state)), 1, TransportMode.IsPortable && state != Forking);
            p.Stop.Timeout = TimeSpan.FromSeconds(state is Endless or Deaf or Impatient ? 1 : 20);
            p.Stop.KillTimeout = TimeSpan.FromSeconds(0.4);
            p.Start.Method = state == Forking ? StartMethod.Zygote : StartMethod.Spawn;
            (p.Restart.InitialBackoff, p.Restart.MaxBackoff) = (TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        });
        return builder.Build();
    }

    private static string Adapter(string state) => state switch
    {
        Booting => "Broken/hangs_in_setup.py",
        Forking => "Broken/hangs_at_import.py", // the zygote imports it before it can fork
        Failing => "Broken/raises_at_import.py",
        _ => "tools.py",
    };

    private static Dictionary<string, Task> Call(string state, ISnakepit snakepit, Gate gate)
    {
        Task Running(string tool, params object?[] arguments) =>
            snakepit.ExecuteAsync(tool, ToolArguments.Positional([.. arguments, "running"])).AsTask();
        Task Waiting() => snakepit.ExecuteAsync("pid").AsTask();
        return state switch
        {
            Ending or Recycling => new() { ["running"] = Running("hold", gate.Path) },
            Endless or Impatient => new() { ["running"] = Running("spin"), ["waiting"] = Waiting() },
            Deaf => new() { ["running"] = Running("spin_unkillable_by_term"), ["waiting"] = Waiting() },
            Booting or Forking => new() { ["waiting"] = Waiting() },
            _ => [],
        };
    }

    private static async Task ArriveAsync(string state, ISnakepit snakepit, IAsyncEnumerable<LifecycleEvent> events, Task begun)
    {
        switch (state)
        {
            case Idle:
                await snakepit.GetPool("it").WaitUntilReadyAsync();
                break;
            case Booting:
                await FirstAsync(events, static happened => happened is WorkerStartedEvent);
                break;
            case Failing:
                await FirstAsync(events, static happened => happened is StartFailedEvent);
                break;
            case Forking:
                break; // there are no calls while the pool starts
            default:
                await begun;
                break;
        }
        if (state == Recycling)
        {
            _ = snakepit.GetPool("it").RecycleAsync();
            await FirstAsync(events, static happened => happened is WorkerDrainingEvent);
        }
    }

    private static async Task FirstAsync(IAsyncEnumerable<LifecycleEvent> events, Func<LifecycleEvent, bool> wanted)
    {
        await foreach (LifecycleEvent happened in events)
        {
            if (wanted(happened))
            {
                return;
            }
        }
    }
}
