using System.Text.Json;
using Snakepit.Cli.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.Cli.Tests;

/// <summary>The commands that attach to a running host.</summary>
public sealed class HostCommandTests : CliTest
{
    [Fact]
    public async Task Status_shows_host_and_pools()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("status");
        ToolRun json = await RunAsync("status", "--json");

        Assert.Equal(0, run.Code);
        Assert.StartsWith($"Host {Environment.ProcessId} (Shop): Snakepit ", run.Output, StringComparison.Ordinal);
        Assert.Contains(run.Lines, static line => line.StartsWith("text  ready    2/2", StringComparison.Ordinal));
        Sample.Check("status", json.Output);
    }

    [Fact]
    public async Task Status_of_a_pool_shows_its_workers_and_tools()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.Text.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2)), cancellationToken: Cancellation);

        ToolRun run = await RunAsync("status", "TEXT");

        Assert.Equal(0, run.Code);
        Assert.Contains("Calls: 1 accepted, 0 rejected", run.Text, StringComparison.Ordinal);
        Assert.Contains("text/0#1", run.Text, StringComparison.Ordinal);
        Assert.Contains(run.Lines, static line => line.StartsWith("add ", StringComparison.Ordinal));
        Sample.Check("status_pool", (await RunAsync("status", "text", "--json")).Output);
    }

    [Fact]
    public async Task Workers_show_what_they_run()
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using TestHost host = await TestHost.StartAsync(workers: workers);
        Task call = host.Text.ExecuteAsync("slow", cancellationToken: Cancellation).AsTask();
        HeldCall running = await slow.NextAsync(Cancellation);

        ToolRun all = await RunAsync(200, "workers");
        ToolRun some = await RunAsync("workers", "ml");
        ToolRun json = await RunAsync("workers", "text", "--json");

        running.Return(null);
        await call;
        Assert.Equal(4, all.Lines.Length);
        Assert.Single(all.Lines, static line => line.Contains("slow", StringComparison.Ordinal));
        Assert.Equal(2, some.Lines.Length);
        Sample.Check("workers", json.Output);
    }

    [Fact]
    public async Task Tools_have_signatures_and_counts()
    {
        await using TestHost host = await TestHost.StartAsync();
        await host.Text.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2)), cancellationToken: Cancellation);

        ToolRun several = await RunAsync("tools");
        ToolRun run = await RunAsync("tools", "text");

        Assert.Equal((3, $"Host {Environment.ProcessId} (Shop) has several pools: ml, text. Name one of them."),
            (several.Code, several.Problem));
        Assert.Contains(run.Lines, static line => line.StartsWith("add()", StringComparison.Ordinal));
        Assert.Contains(run.Lines, static line => line.StartsWith("add   ", StringComparison.Ordinal));
        Sample.Check("tools", (await RunAsync("tools", "text", "--json")).Output);
    }

    [Fact]
    public async Task Call_prints_the_result()
    {
        await using TestHost host = await TestHost.StartAsync();

        Assert.Equal((0, "42\n"), Of(await RunAsync("call", "text", "add", "a=40", "b=2")));
        Assert.Equal((0, "42\n"), Of(await RunAsync("call", "text", "add", """{ "a": 40, "b": 2 }""")));
        Sample.Check("call", (await RunAsync("call", "text", "add", "a=40", "b=2", "--json")).Output);
    }

    [Fact]
    public async Task Call_that_raises_is_not_well()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("call", "text", "fail");

        Assert.Equal((1, ""), Of(run));
        Assert.Contains("ValueError: no number", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_that_takes_too_long_ends_with_its_timeout()
    {
        var workers = new FakeWorkers();
        workers.Hold("slow");
        await using TestHost host = await TestHost.StartAsync(workers: workers);

        ToolRun run = await RunAsync("call", "text", "slow", "--timeout", "100ms");

        Assert.Equal((1, ""), Of(run));
        Assert.Contains("slow", run.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status txt", "There is no pool 'txt'. Did you mean 'text'? The pools are: ")]
    [InlineData("workers txt", "There is no pool 'txt'. Did you mean 'text'? The pools are: ")]
    [InlineData("recycle txt", "There is no pool 'txt'. Did you mean 'text'? The pools are: ")]
    [InlineData("recycle text/7", "Pool 'text' has no slot 7: its slots are 0 to 1.")]
    [InlineData("drain text/7", "Pool 'text' has no slot 7: its slots are 0 to 1.")]
    [InlineData("stacks text/7", "Pool 'text' has no worker 7. Its workers: text/0#1, text/1#1.")]
    [InlineData("stacks text/1#9", "Pool 'text' has no worker 1#9. In slot 1: text/1#1.")]
    [InlineData("call text ad", "Pool 'text' has no tool 'ad'. Did you mean 'add'? Its tools are: ")]
    [InlineData("call text add --host Shp", "No host named 'Shp' is running for user 'USER'. Did you mean 'Shop'? The hosts are: HOST")]
    public async Task What_does_not_exist_is_answered_with_near_names(string line, string problem)
    {
        await using TestHost host = await TestHost.StartAsync();
        string id = Path.GetFileNameWithoutExtension(Directory.GetFiles(Hosts, "*.control").Single());

        ToolRun run = await RunAsync(line.Split(' '));

        Assert.Equal((3, ""), Of(run));
        string expected = problem.Replace("USER", Environment.UserName, StringComparison.Ordinal).Replace(
            "HOST", id, StringComparison.Ordinal);
        Assert.StartsWith(expected, run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recycle_replaces_one_worker_a_slot_or_all()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun worker = await RunAsync("recycle", "text/0#1");
        ToolRun again = await RunAsync("recycle", "text/0#1");
        ToolRun slot = await RunAsync("recycle", "text/0");
        ToolRun all = await RunAsync("recycle", "text", "--json");
        ToolRun begun = await RunAsync("recycle", "ml", "--no-wait");

        Assert.Equal(0, worker.Code);
        Assert.StartsWith("text/0#1 was replaced by text/0#2 in ", worker.Text, StringComparison.Ordinal);
        Assert.Equal((0, "text/0#1 had been replaced already: text/0#2 serves."), (again.Code, again.Text));
        Assert.StartsWith("text/0#2 was replaced by text/0#3 in ", slot.Text, StringComparison.Ordinal);
        Sample.Check("recycle", all.Output);
        Assert.Equal(["text/0#4", "text/1#2"], host.Text.GetSnapshot().Workers.Select(static one => one.Id.ToString()).Order());
        Assert.Equal((0, "Started: recycle all workers of pool 'ml'."), (begun.Code, begun.Text));
    }

    [Fact]
    public async Task Slot_is_drained_and_resumed()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun drained = await RunAsync("drain", "text/1", "--for", "10m");
        int tainted = host.Text.GetSnapshot().Tainted;
        ToolRun status = await RunAsync("status");
        ToolRun resumed = await RunAsync("drain", "text", "--resume");

        Assert.Equal((0, "Slot 1 of pool 'text' gets no calls for 10 min."), (drained.Code, drained.Text));
        Assert.Equal((1, 0), (tainted, host.Text.GetSnapshot().Tainted));
        Assert.Contains("text: 1 slot gets no calls.", status.Text, StringComparison.Ordinal);
        Assert.Equal((0, "1 slot of pool 'text' gets calls again."), (resumed.Code, resumed.Text));
        Sample.Check("done", (await RunAsync("drain", "text/1", "--json")).Output);
    }

    [Fact]
    public async Task Call_is_cancelled_by_the_number_that_workers_shows()
    {
        var begun = new TaskCompletionSource();
        var workers = new FakeWorkers();
        workers.Add("nap", async request =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.CancellationToken);
            return 0;
        });
        await using TestHost host = await TestHost.StartAsync(workers: workers);
        Task<int> call = host.Text.ExecuteAsync<int>("nap", cancellationToken: Cancellation).AsTask();
        await begun.Task;
        string shown = (await RunAsync(200, "workers", "text")).Output;
        string number = shown.Split("(call ")[1].Split(')')[0];

        ToolRun cancelled = await RunAsync("cancel", "text", number);

        Assert.Equal((0, $"Call {number} of pool 'text' was cancelled."), (cancelled.Code, cancelled.Text));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((3, 2), ((await RunAsync("cancel", "text", number)).Code, (await RunAsync("cancel", "text", "x")).Code));
    }

    [Fact]
    public async Task File_that_cannot_be_written_is_told()
    {
        await using TestHost host = await TestHost.StartAsync();

        Assert.Equal("/ is a folder. Name a file in it.", (await RunAsync("trace", "text", "--output", "/")).Problem);
        Assert.Equal(1, (await RunAsync("trace", "text", "--output", Folder)).Code);
    }

    [Fact]
    public async Task Quarantine_is_lifted()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun all = await RunAsync("lift-quarantine", "text");
        ToolRun one = await RunAsync("lift-quarantine", "text", "add");

        Assert.Equal((0, "0 inputs of pool 'text' may run again."), (all.Code, all.Text));
        Assert.Equal(0, one.Code);
    }

    [Fact]
    public async Task Pool_is_resized()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("resize", "text", "3");
        ToolRun wrong = await RunAsync("resize", "text", "0");

        Assert.Equal((0, "Pool 'text' has 3 workers."), (run.Code, run.Text));
        Assert.Equal(3, host.Text.GetSnapshot().Ready);
        Assert.Equal(2, wrong.Code);
    }

    [Fact]
    public async Task Stacks_that_a_worker_cannot_write_are_not_well()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("stacks", "text/0");

        Assert.Equal(1, run.Code);
        Assert.Contains("wrote no stacks", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trace_is_printed_or_written_but_never_over_a_file()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun printed = await RunAsync("trace", "text");
        ToolRun written = await RunAsync("trace", "text", "--output", "text.trace");
        ToolRun again = await RunAsync("trace", "text", "--output", "text.trace");

        Assert.Equal(0, printed.Code);
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(printed.Output).ValueKind);
        Assert.Equal((0, $"Wrote {Path.Combine(Folder, "text.trace")}"), (written.Code, written.Lines[0]));
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "text.trace"))).ValueKind);
        Assert.Equal(1, again.Code);
        Assert.Contains("is not overwritten", again.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    public async Task Everything_is_readable_in_any_width(int width)
    {
        await using TestHost host = await TestHost.StartAsync("Acme.Shop.Backend", static pool =>
        {
            pool.Recycle.Ttl = TimeSpan.FromHours(36);
            pool.Recycle.MaxRequests = 1_000_000;
            pool.Memory.SoftLimit = MemorySize.FromMiB(512);
        });
        await host.Text.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2)), cancellationToken: Cancellation);
        foreach (string line in (string[])[
            "ps", "status", "status text", "workers", "tools text", "worker-health", "profile-inspector --recommendations",
            "capacity-report --for 300ms", "top --for 300ms --interval 100ms", "recycle text"])
        {
            ToolRun run = await RunAsync(width, line.Split(' '));

            Assert.True(run.Code == 0, $"{line}: {run.Code} {run.Errors}");
            Assert.All(run.Lines, text => Assert.True(text.Length <= width, $"{line}: {text}"));
            Assert.DoesNotContain('\e', run.Output);
            Assert.DoesNotContain("…", run.Output, StringComparison.Ordinal);
        }
    }

    private static (int Code, string Output) Of(ToolRun run) => (run.Code, run.Output);
}
