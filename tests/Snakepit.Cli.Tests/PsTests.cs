using System.Net.Sockets;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Tests.Fixture;
using Snakepit.Processes;

namespace Snakepit.Cli.Tests;

/// <summary>Which hosts are found, and how one is chosen.</summary>
public sealed class PsTests : CliTest
{
    [Fact]
    public async Task Without_a_host_each_command_says_so()
    {
        ToolRun ps = await RunAsync("ps");
        ToolRun status = await RunAsync("status");

        Assert.Equal((0, $"No Snakepit host is running for user '{Environment.UserName}'. Hosts of other users are not visible."),
            (ps.Code, ps.Text));
        Assert.Equal((3, ""), (status.Code, status.Output));
        Assert.StartsWith($"No Snakepit host is running for user '{Environment.UserName}'.", status.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_is_listed_with_its_pools()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync(100, "ps");

        Assert.Equal(0, run.Code);
        Assert.Matches($@"^ *{Environment.ProcessId}  Shop  [^ ]+ +[^-]+ +ml, text +3/3 +0 +0$", run.Lines[1]);
        Sample.Check("ps", (await RunAsync("ps", "--json")).Output);
    }

    [Fact]
    public async Task Of_several_hosts_one_must_be_chosen()
    {
        await using TestHost shop = await TestHost.StartAsync("Shop"), mail = await TestHost.StartAsync("Mail");

        ToolRun none = await RunAsync("workers");
        ToolRun named = await RunAsync("workers", "--host", "mail", "--json");
        ToolRun process = await RunAsync("workers", "--host", $"{Environment.ProcessId}");

        Assert.Equal(3, none.Code);
        Assert.StartsWith("Several hosts run: ", none.Problem, StringComparison.Ordinal);
        Assert.Contains("(Shop)", none.Problem, StringComparison.Ordinal);
        Assert.EndsWith($"Choose one: --host {Environment.ProcessId}.", none.Problem, StringComparison.Ordinal);
        Assert.Equal(0, named.Code);
        Assert.Equal(3, process.Code);
        Assert.StartsWith($"'{Environment.ProcessId}' means several hosts", process.Problem, StringComparison.Ordinal);
        string id = process.Problem.Split("--host ")[1].TrimEnd('.');
        Assert.Equal(0, (await RunAsync("workers", "--host", id)).Code);
    }

    [Fact]
    public async Task Host_without_endpoint_is_listed_with_the_line_that_adds_one()
    {
        WriteFile("text.py", "def add(a, b):\n    return a + b\n");
        await using ToolProcess host = ToolProcess.Start(Folder, "run", "text.py");
        await host.WriteAsync("add 1 2\n");
        await host.WaitForAsync("3\n");

        ToolRun ps = await RunAsync("ps");
        ToolRun status = await RunAsync("status");

        Assert.Equal(0, ps.Code);
        Assert.Contains($"{host.Pid}: no control endpoint. {HostDirectory.Remedy}", ps.Text, StringComparison.Ordinal);
        Assert.Equal(
            (3, $"Host {host.Pid} (Snakepit.Cli) has no control endpoint, or is still starting. {HostDirectory.Remedy}"),
            (status.Code, status.Problem));
        await host.WriteAsync("quit\n");
        Assert.Equal(0, await host.WaitForExitAsync());
    }

    [Fact]
    public async Task Registered_host_that_has_ended_is_not_listed()
    {
        Directory.CreateDirectory(Hosts);
        File.WriteAllText(Path.Combine(Hosts, RunMark.NewRun()), $"host {Environment.ProcessId} 1\n{HostRun.Place()}\n");

        Assert.Equal([], RegisteredHosts.Living(Hosts));
        Assert.StartsWith("No Snakepit host", (await RunAsync("ps")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_without_a_listener_is_no_host()
    {
        Directory.CreateDirectory(Hosts);
        string path = Path.Combine(Hosts, "1-00000000.control");
        await File.WriteAllTextAsync(path, "", Cancellation);

        Assert.StartsWith("No Snakepit host", (await RunAsync("ps")).Text, StringComparison.Ordinal);
        Assert.Equal(3, (await RunAsync("status")).Code);
    }

    [Fact]
    public async Task Socket_of_another_program_is_told_and_does_not_hide_a_host()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var stranger = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        stranger.Bind(new UnixDomainSocketEndPoint(Path.Combine(Hosts, "1-00000000.control")));
        stranger.Listen();
        Task answering = Task.Run(
            async () =>
            {
                for (int i = 0; i < 2; i++)
                {
                    using Socket asked = await stranger.AcceptAsync(Cancellation);
                    await asked.SendAsync(
                        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n[42]"u8.ToArray(), Cancellation);
                    asked.Shutdown(SocketShutdown.Send);
                    byte[] rest = new byte[1024];
                    while (await asked.ReceiveAsync(rest, Cancellation) > 0)
                    {
                    }
                }
            },
            Cancellation);

        ToolRun ps = await RunAsync(200, "ps");
        ToolRun status = await RunAsync("status");
        await answering;

        Assert.Equal((0, 0), (ps.Code, status.Code));
        Assert.Contains("cannot read", ps.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_does_not_answer_is_told_within_the_bound()
    {
        Directory.CreateDirectory(Hosts);
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(Path.Combine(Hosts, "1-00000000.control")));
        silent.Listen();

        ToolRun run = await RunAsync("status");

        Assert.Equal(4, run.Code);
        Assert.Contains("has not answered 'host' within 3 s.", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_does_not_answer_is_not_passed_over_for_another_one()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(Path.Combine(Hosts, "1-00000000.control")));
        silent.Listen();

        ToolRun[] runs = await Task.WhenAll(
            RunAsync("status"), RunAsync("status", "--host", "1-00000000"), RunAsync("status", "--host", "1"),
            RunAsync("status", "--host", "Shop"));

        Assert.Equal([3, 4, 4, 0], runs.Select(static run => run.Code));
        Assert.Contains("1-00000000 (no answer)", runs[0].Problem, StringComparison.Ordinal);
        Assert.Contains("has not answered 'host' within 3 s.", runs[1].Problem, StringComparison.Ordinal);
    }
}
