using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests what becomes of a tool whose caller gives up. The portable mode interrupts no plain tool.</summary>
[Trait("Rule", "L5")]
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class InterruptTests : IntegrationTest
{
    private static readonly TimeSpan s_never = TimeSpan.FromSeconds(50); // longer than a test may take

    [Theory(Timeout = Bound)]
    [InlineData("in_sleep")]
    [InlineData("in_select")]
    [InlineData("in_lock")]
    [InlineData("in_socket")]
    [InlineData("in_subprocess")]
    [InlineData("in_loop")]
    [InlineData("catches_exceptions")]
    [InlineData("insists")]
    [InlineData("blocks_its_loop")]
    public async Task Cancelled_tool_is_interrupted_and_its_worker_takes_the_next_call(string tool)
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        int before = rig.OnlyWorker().Pid;
        using CancellationTokenSource cancel = new();
        Task call = rig.Pool.ExecuteAsync(tool, ToolArguments.Positional("it"), null, cancel.Token).AsTask();
        await rig.BegunAsync("it");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(before, await rig.CallAsync<int>("pid"));
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task End_of_the_deadline_interrupts_too()
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        int before = rig.OnlyWorker().Pid;
        var soon = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(100) };

        await Assert.ThrowsAsync<CallTimeoutException>(
            async () => await rig.Pool.ExecuteAsync("in_loop", ToolArguments.Positional("it"), soon, Cancellation));

        Assert.Equal(before, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task Shielded_section_ends_before_the_tool_is_interrupted()
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        Gate gate = NewGate();
        using CancellationTokenSource cancel = new();
        Task call = rig.Pool.ExecuteAsync("shields", ToolArguments.Positional("it", gate.Path), null, cancel.Token).AsTask();
        await rig.BegunAsync("it");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        gate.Release();

        await rig.AssertServesAsync();
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("shielded it True", StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Log.All, static entry => entry.Text.EndsWith("unreachable", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Tool_that_cooperates_is_told_and_not_interrupted()
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        Gate gate = NewGate();
        using CancellationTokenSource cancel = new();
        Task call = rig.Pool.ExecuteAsync("cooperates", ToolArguments.Positional("it", gate.Path), null, cancel.Token).AsTask();
        await rig.BegunAsync("it");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        gate.Release();

        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("ended it", StringComparison.Ordinal));
        await rig.AssertServesAsync();
        Assert.Equal(ToolCancellation.Cooperative, rig.Pool.Tools.Single(static tool => tool.Name == "cooperates").Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_of_a_tool_that_is_to_be_killed_is_replaced_at_once()
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        int before = rig.OnlyWorker().Pid;
        using CancellationTokenSource cancel = new();
        Task call = rig.Pool.ExecuteAsync("waits_for_death", ToolArguments.Positional("it"), null, cancel.Token).AsTask();
        await rig.BegunAsync("it");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Equal(9, crashed.Report.Signal);
        Assert.Contains("@tool(cancel=\"kill\")", crashed.Report.Description, StringComparison.Ordinal);
        Assert.NotEqual(before, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_whose_tool_has_removed_the_handler_does_not_die_of_the_signal()
    {
        Rig rig = await StartAsync("cancelled.py", static p => p.Call.CancelGrace = s_never);
        int before = rig.OnlyWorker().Pid;
        await rig.CallAsync<object?>("resets_signals");
        using CancellationTokenSource cancel = new();
        Task call = rig.Pool.ExecuteAsync("until_told", ToolArguments.Positional("it"), null, cancel.Token).AsTask();
        await rig.BegunAsync("it");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(before, await rig.CallAsync<int>("pid"));
    }

    /// <summary>The bench's scenario does the same 100,000 times.</summary>
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public async Task Random_cancels_lose_no_reply_and_hit_no_other_call()
    {
        const int Callers = 8;
        const int CallsEach = 150;
        string[] tools = ["echo", "loop_for", "sleep_for", "await_for"];
        Rig rig = await StartAsync("cancelled.py", static p =>
        {
            (p.Size, p.Call.CancelGrace, p.Queue.Timeout, p.Queue.RejectLate) = (2, s_never, s_never, false);
        });
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);

        int[] cancelled = await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
        {
            var random = new Random(caller);
            int hits = 0;
            for (int i = 0; i < CallsEach; i++)
            {
                int value = (caller * 1_000) + i;
                string tool = tools[random.Next(tools.Length)];
                ToolArguments arguments = tool == "echo"
                    ? ToolArguments.Positional(value)
                    : ToolArguments.Positional(value, random.Next(6));
                using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(random.Next(12)));
                try
                {
                    Assert.Equal(value, await rig.Pool.ExecuteAsync<int>(tool, arguments, null, cancel.Token));
                }
                catch (OperationCanceledException)
                {
                    hits++;
                }
                Assert.Equal(-value, await rig.CallAsync<int>("echo", -value));
            }
            return hits;
        }));

        Assert.InRange(cancelled.Sum(), 20, Callers * CallsEach);
        await rig.UntilAsync(static pool => pool.Running == 0);
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
        Assert.All(rig.Pool.GetSnapshot().Workers, static worker => Assert.Equal(1, worker.Id.Generation));
    }
}
