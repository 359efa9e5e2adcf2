using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Snakepit.AspNetCore.Control;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Processes;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The control endpoint, by which the tool attaches to a process.</summary>
public sealed class ControlTests
{
    private static readonly string s_folder = RunFolder.Find(new HostSystem(TimeProvider.System));

    [Fact]
    public async Task A_host_without_a_web_server_is_steered_through_its_socket()
    {
        FakeLogCollector logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
        using IHost host = await StartHostAsync(logs);
        string path = Assert.Single(
            Directory.GetFiles(s_folder, $"{Environment.ProcessId}-*{ControlSocket.Extension}"), path => IsNew(path, logs));
        using HttpClient client = Connect(path);

        JsonElement who = (await client.GetAnswerAsync("host")).Body;
        (HttpStatusCode status, _) = await client.OrderAsync("pools/text/recycle", new { slot = 0 });

        Assert.Equal(Environment.ProcessId, who.GetProperty("pid").GetInt32());
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains(logs.GetSnapshot(), static entry => entry.Message == "The control socket ordered: recycle slot 0 of pool 'text'.");
        Assert.DoesNotContain(
            logs.GetSnapshot(), static entry => entry.Category!.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        await host.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_runtime_without_a_host_has_one_too_and_events_end_with_it()
    {
        var workers = new FakeWorkers();
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers).AddPool("text", static p => p.Size = 1), TestContext.Current.CancellationToken);
        SnakepitControl control = await SnakepitControl.StartAsync(runtime, cancellationToken: TestContext.Current.CancellationToken);
        using HttpClient client = Connect(control.Path);
        await using EventReader events = await EventReader.OpenAsync(client, "events?state=1");
        await runtime.GetPool("text").RecycleAsync(cancellationToken: TestContext.Current.CancellationToken);
        await events.NextAsync("event", static one => one.GetProperty("type").GetString() == "workerRecycled");

        Task ending = events.EndAsync();
        await control.DisposeAsync();
        await ending;

        Assert.False(File.Exists(control.Path));
    }

    [Fact]
    public async Task What_it_does_not_know_is_a_problem()
    {
        await using Rig control = await StartAsync();
        using HttpClient client = Connect(control.Path);

        (HttpStatusCode status, JsonElement problem) = await client.GetAnswerAsync("cellar");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("GET /cellar is unknown to this version of Snakepit.", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Another_user_is_refused()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can become another user.");
        await using Rig control = await StartAsync();

        Assert.Equal((0, ""), await ConnectAsAsync("root", control.Path));
        (int code, string error) = await ConnectAsAsync("nobody", control.Path);

        Assert.Equal(1, code);
        Assert.Contains("Permission denied", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sockets_of_dead_hosts_are_removed_and_those_of_living_ones_are_not()
    {
        await using Rig control = await StartAsync();
        string dead = Path.Combine(s_folder, $"1-{Guid.NewGuid():N}"[..20] + ControlSocket.Extension);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(dead));
        }
        if (!File.Exists(dead))
        {
            // .NET removes the file with the socket; what a killed host leaves is the same to a caller: nothing listens there.
            await File.WriteAllTextAsync(dead, "", TestContext.Current.CancellationToken);
        }

        ControlSocket.RemoveDead(s_folder, TimeProvider.System);
        Assert.True(File.Exists(dead)); // it may be about to listen
        ControlSocket.RemoveDead(s_folder, new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(2)));

        Assert.False(File.Exists(dead));
        Assert.True(File.Exists(control.Path));
    }

    [Fact]
    public async Task An_application_runs_on_without_its_control_endpoint_and_says_why()
    {
        string? before = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        FakeLogCollector logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
        string deep = Directory.CreateTempSubdirectory("snakepit-").FullName;
        string folder = Path.Combine(deep, new string('x', 100));
        Directory.CreateDirectory(folder);
        Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", folder);
        try
        {
            using IHost host = await StartHostAsync(logs);

            Assert.Equal(PoolState.Ready, host.Services.GetRequiredService<ISnakepit>().GetPool("text").GetSnapshot().State);
            Assert.Contains(
                "Set XDG_RUNTIME_DIR to a shorter one.",
                Assert.Single(logs.GetSnapshot(), static entry => entry.Id.Id == 721).Message, StringComparison.Ordinal);
            await host.StopAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            Environment.SetEnvironmentVariable("XDG_RUNTIME_DIR", before);
            Directory.Delete(deep, recursive: true);
        }
    }

    private static bool IsNew(string path, FakeLogCollector logs) =>
        logs.GetSnapshot().Any(entry => entry.Id.Id == 720 && entry.Message.Contains(path, StringComparison.Ordinal));

    private static async Task<IHost> StartHostAsync(FakeLogCollector logs)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(logs));
        builder.Services.AddSnakepit(static options => options.StartPolicy = StartPolicy.AllReady)
            .UseFakeWorkers(new FakeWorkers()).AddPool("text", static pool => pool.Size = 1);
        builder.Services.AddSnakepitControl();
        IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    private static async Task<Rig> StartAsync()
    {
        SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            static s => s.UseFakeWorkers(new FakeWorkers()).AddPool("text", static pool => pool.Size = 1),
            TestContext.Current.CancellationToken);
        return new Rig(runtime, await SnakepitControl.StartAsync(runtime, cancellationToken: TestContext.Current.CancellationToken));
    }

    private static HttpClient Connect(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://snakepit/"),
    };

    private static async Task<(int Code, string Error)> ConnectAsAsync(string user, string path)
    {
        const string Script = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])";
        CommandOutput output = await new HostSystem(TimeProvider.System).RunAsync(
            "/usr/bin/setpriv", ["--reuid", user, "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", Script, path],
            TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        return (output.ExitCode, output.Errors.Trim());
    }

    private sealed record Rig(SnakepitRuntime Runtime, SnakepitControl Control) : IAsyncDisposable
    {
        public string Path => Control.Path;

        public async ValueTask DisposeAsync()
        {
            await Control.DisposeAsync();
            await Runtime.DisposeAsync();
        }
    }
}
