using System.Text.Json;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit top and snakepit events.</summary>
public sealed class TopTests : CliTest
{
    private const string Enter = "\e[?1049h", Leave = "\e[?25h\e[?1049l";
    private const string NormalKeypad = "\e[?1l\e>";

    [Theory]
    [InlineData("\u0003", 130)] // Ctrl-C
    [InlineData("\u001c", 130)] // SIGQUIT
    [InlineData("q", 0)]
    public async Task In_a_terminal_it_takes_the_whole_screen_and_gives_it_back(string key, int code)
    {
        await using TestHost host = await TestHost.StartAsync("TopHost");
        await using ToolProcess top = ToolProcess.StartInTerminal(Folder, "top --host TopHost --interval 100ms");
        await top.WaitForAsync("text/0#1");

        await top.WriteAsync(key);

        Assert.Equal(code, await top.WaitForExitAsync());
        Assert.Single(top.Output.Split(Enter)[1..]);
        Assert.DoesNotContain("text", top.Output.Split(Leave)[1], StringComparison.Ordinal);
        Assert.Single(top.Output.Split(Leave)[1..]);
        int normal = top.Output.LastIndexOf(NormalKeypad, StringComparison.Ordinal);
        Assert.True(normal > top.Output.LastIndexOf("\e[?1h", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ctrl_Z_gives_the_screen_back_until_it_goes_on()
    {
        await using TestHost host = await TestHost.StartAsync("TopHost");
        await using ToolProcess shell = await ToolProcess.StartAsJobAsync(Folder, "top --host TopHost --interval 100ms");
        await shell.WaitForAsync("text/0#1");

        await shell.WriteAsync("\u001a");
        await shell.WaitForAsync("Stopped");
        string before = shell.Output;
        await shell.WriteAsync("fg\n");
        await shell.WaitForTextAfterAsync(before, Enter);
        await shell.WriteAsync("q");
        await shell.WaitForTextAfterAsync(before, Leave);
        await shell.WriteAsync("exit\n");

        Assert.Equal(0, await shell.WaitForExitAsync());
        Assert.Contains(Leave, before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_terminal_ends_it()
    {
        await using TestHost host = await TestHost.StartAsync("TopHost");
        await using ToolProcess top = ToolProcess.Start(Folder, "top", "--host", "TopHost", "--interval", "100ms");
        await top.WaitForAsync("text/0#1");

        Signals.Send(top.Pid, Signals.Hangup);

        Assert.Equal(130, await top.WaitForExitAsync());
    }

    [Theory]
    [InlineData("top", "--interval", "1h")]
    [InlineData("events", "--follow", "text")]
    public async Task It_ends_when_nobody_reads_its_output_any_more(params string[] command)
    {
        await using TestHost host = await TestHost.StartAsync("TopHost");
        await using ToolProcess tool = ToolProcess.Start(Folder, [.. command, "--host", "TopHost"]);
        if (command[0] == "top")
        {
            await tool.WaitForAsync("text/0#1");
        }

        tool.StopReading();

        Assert.Equal(130, await tool.WaitForExitAsync());
    }

    [Fact]
    public async Task A_host_that_tells_nothing_any_more_is_said_to()
    {
        await using var host = await SilentHost.StartAsync(Hosts);
        var output = new SignallingWriter();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var errors = new SignallingWriter();
        Task told = errors.WaitForAsync("has told nothing for a while. It may be stopped, or very busy.");

        Task<ToolRun> running = RunAsync(200, output, errors, cancelled.Token, "top", "--interval", "100ms");
        await told;
        await cancelled.CancelAsync();

        Assert.Equal(130, (await running).Code);
        Assert.Contains("Host ", output.ToString(), StringComparison.Ordinal); // the one state
    }

    [Fact]
    public async Task In_a_terminal_the_end_of_the_host_leaves_one_sentence()
    {
        TestHost host = await TestHost.StartAsync("TopHost");
        await using ToolProcess top = ToolProcess.StartInTerminal(Folder, "top --host TopHost --interval 100ms");
        await top.WaitForAsync("text/0#1");

        await host.DisposeAsync();

        Assert.Equal(4, await top.WaitForExitAsync());
        Assert.Contains($"Host {Environment.ProcessId} (TopHost) has ended.", top.Output.Split(Leave)[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_a_terminal_states_are_repeated()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("top", "--interval", "100ms", "--for", "1s");

        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.InRange(run.Lines.Count(static line => line.StartsWith("Host ", StringComparison.Ordinal)), 2, 12);
        Assert.Contains("text/0#1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_each_state_is_a_line()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("top", "text", "--json", "--interval", "100ms", "--for", "500ms");

        Assert.Equal(0, run.Code);
        Assert.All(run.Lines, static line =>
            Assert.Equal("text", JsonElement.Parse(line).GetProperty("pools")[0].GetProperty("name").GetString()));
        Sample.Check("top", run.Lines[0]);
    }

    [Fact]
    public async Task Host_that_ends_is_told_in_a_sentence()
    {
        TestHost host = await TestHost.StartAsync();
        var output = new SignallingWriter();
        Task seen = output.WaitForAsync("text/0#1");
        Task<ToolRun> running = RunAsync(80, output, Cancellation, "top", "--interval", "100ms");
        await seen;

        await host.DisposeAsync();
        ToolRun run = await running;

        Assert.Equal((4, $"Host {Environment.ProcessId} (Shop) has ended. 'snakepit ps' lists the hosts that run."),
            (run.Code, run.Problem));
    }

    [Fact]
    public async Task Cancellation_ends_it()
    {
        await using TestHost host = await TestHost.StartAsync();
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var output = new SignallingWriter();
        Task seen = output.WaitForAsync("text/0#1");
        Task<ToolRun> running = RunAsync(80, output, cancelled.Token, "top", "--interval", "100ms");
        await seen;

        await cancelled.CancelAsync();

        Assert.Equal((130, ""), ((await running).Code, (await running).Errors));
    }

    [Fact]
    public async Task Events_are_followed_until_the_host_ends()
    {
        TestHost host = await TestHost.StartAsync();
        var output = new SignallingWriter();
        Task seen = output.WaitForAsync("was replaced for manual");
        Task<ToolRun> running = RunAsync(200, output, Cancellation, "events", "text", "--follow");
        while (!seen.IsCompleted)
        {
            await RunAsync("recycle", "text/0"); // whichever comes after the follower has begun is seen
        }

        await host.DisposeAsync();
        ToolRun run = await running;

        Assert.Equal(4, run.Code);
        Assert.Contains("Worker text/0#", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_with_json_are_lines()
    {
        await using TestHost host = await TestHost.StartAsync();
        var output = new SignallingWriter();
        Task seen = output.WaitForAsync("workerRecycled");
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<ToolRun> running = RunAsync(200, output, cancelled.Token, "events", "--follow", "--json");
        while (!seen.IsCompleted)
        {
            await RunAsync("recycle", "text/0");
        }
        await cancelled.CancelAsync();

        string line = (await running).Lines.First(static line => line.Contains("workerRecycled", StringComparison.Ordinal));

        Assert.Equal("text", JsonElement.Parse(line).GetProperty("pool").GetString());
    }

    [Fact]
    public async Task Without_follow_events_end_by_themselves()
    {
        await using TestHost host = await TestHost.StartAsync();

        Assert.Equal((0, ""), ((await RunAsync("events", "--for", "200ms")).Code, (await RunAsync("events", "--for", "200ms")).Output));
    }
}
