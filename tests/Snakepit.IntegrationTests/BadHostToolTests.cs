using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests host tools and cancellations that go wrong. Each has a typed error, nothing hangs, and the pool serves on.</summary>
public sealed class BadHostToolTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Every_failure_of_a_host_tool_is_an_error_in_Python_with_its_type()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("no_task", static Task<int> () => null!)
            .Add("gives_up", static int () => throw new OperationCanceledException("gave up"))
            .Add("speechless", static int () => throw new SpeechlessException())
            .Add("large", static () => new string('x', 100_000)), static p => p.Call.MaxMessage = MemorySize.FromKiB(64));
        int pid = await rig.CallAsync<int>("pid");

        Assert.Equal(2, (await rig.CallAsync<string[]>("ask_failure", "no_task")).Length);
        Assert.Equal(["OperationCanceledException", "gave up"], await rig.CallAsync<string[]>("ask_failure", "gives_up"));
        Assert.Equal("SpeechlessException", (await rig.CallAsync<string[]>("ask_failure", "speechless"))[0]);
        Assert.Contains("Call.MaxMessage", (await rig.CallAsync<string[]>("ask_failure", "large"))[1], StringComparison.Ordinal);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task Arguments_that_cannot_be_sent_are_an_error_of_the_tool()
    {
        Rig rig = await StartAsync(configure: static p => p.Call.MaxMessage = MemorySize.FromKiB(64));
        int pid = await rig.CallAsync<int>("pid");

        await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object>("ask_with_what_cannot_be_sent"));
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object>("ask_with_much", 100_000));

        Assert.Contains("Call.MaxMessage", error.Message, StringComparison.Ordinal);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_host_tool_that_hangs_ends_with_the_deadline_and_the_worker_goes_on()
    {
        var end = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("deaf", () => end.Task), static p => p.Tools.MaxConcurrent = 2);
        int pid = await rig.CallAsync<int>("pid");
        var limit = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(200) };

        await Assert.ThrowsAsync<CallTimeoutException>(
            async () => await rig.Pool.ExecuteAsync("ask", ToolArguments.Positional("deaf"), limit, Cancellation));

        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
        Assert.Equal(3, await rig.CallAsync<int>("ask", "lookup", "abc")); // the one that hangs has one of the two slots
        end.SetResult();
    }

    [Fact(Timeout = Bound)]
    public async Task A_host_tool_can_be_called_in_a_call_only()
    {
        Rig rig = await StartAsync();

        Assert.Single(await rig.CallAsync<List<string>>("what_was_kept")); // setup() has tried
        await rig.CallAsync<object>("keep_host");
        Assert.NotEqual("", await rig.CallAsync<string>("use_kept_in_a_thread"));
        await rig.CallAsync<object>("ask_after_the_end");
        List<string> kept = await rig.CallAsync<List<string>>("wait_for_kept");
        Assert.Equal(2, kept.Count); // the error, and the end of the thread
        Assert.Equal(3, await rig.CallAsync<int>("ask", "lookup", "abc"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task A_host_tool_that_needs_the_worker_that_called_it_fails_at_once()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(tools => tools.Add("again", (CancellationToken stop) =>
            pool!.ExecuteAsync<int>("pid", default(ToolArguments), null, stop).AsTask()));
        pool = rig.Pool;

        string[] failure = await rig.CallAsync<string[]>("ask_failure", "again");

        Assert.Equal("NestedCallDeadlockException", failure[0]);
        Assert.Contains("it.ask_failure → it.pid", failure[1], StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task A_callback_that_throws_when_a_host_tool_is_cancelled_does_not_end_the_host()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Rig rig = await StartAsync(tools => tools.Add("hold", async (CancellationToken stop) =>
        {
            stop.Register(() =>
            {
                called.SetResult();
                throw new InvalidOperationException("the callback of a user");
            });
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }));
        int pid = await rig.CallAsync<int>("pid");
        using var source = new CancellationTokenSource();

        ValueTask call = rig.Pool.ExecuteAsync("ask", ToolArguments.Positional("hold"), null, source.Token);
        await begun.Task.WaitAsync(Cancellation);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        await called.Task.WaitAsync(Cancellation);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task A_tool_that_goes_on_after_many_errors_of_the_host_has_its_result()
    {
        Rig rig = await StartAsync(static tools => tools.Add("fail", static int () => throw new FormatException("no luck")));

        Assert.Equal(500, await rig.CallAsync<int>("swallows_host_errors", 500));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_call_that_is_cancelled_while_its_worker_sets_up_leaves_the_worker_alone()
    {
        Gate gate = NewGate();
        Rig rig = Own(Rig.Create(
            "lives.py",
            p => p.Python.Variables["LIVES_GATE"] = gate.Path,
            static builder => builder.Options.StartPolicy = StartPolicy.Background));
        await rig.StartAsync();
        using var source = new CancellationTokenSource();
        ValueTask<int> call = rig.Pool.ExecuteAsync<int>("pid", default(ToolArguments), null, source.Token);

        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        gate.Release();

        Assert.True(await rig.CallAsync<int>("pid") > 0);
        Assert.Single(await rig.AllAsync<WorkerStartedEvent>());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    [Trait("Mode", "Native")] // plain tools are interrupted by signals only
    public async Task A_call_that_is_cancelled_while_its_deadline_passes_has_one_outcome()
    {
        Rig rig = await StartAsync(configure: static p => p.Queue.RejectLate = false); // a call that had to wait would be rejected, rightly
        int pid = await rig.CallAsync<int>("pid");
        for (int i = 0; i < 20; i++)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(20));
            var limit = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(20) };

            Exception? error = await Record.ExceptionAsync(
                async () => await rig.Pool.ExecuteAsync("sleeps", default(ToolArguments), limit, source.Token));

            Assert.True(error is CallTimeoutException or OperationCanceledException, error?.ToString());
        }
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    [Trait("Mode", "Native")] // plain tools are interrupted by signals only
    public async Task A_second_cancellation_of_a_tool_that_cleans_up_changes_nothing()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");
        using var first = new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(first.Token);

        ValueTask call = rig.Pool.ExecuteAsync("sleeps_in_a_with", default(ToolArguments), null, both.Token);
        await rig.BegunAsync("sleeps_in_a_with");
        await both.CancelAsync();
        await first.CancelAsync();

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(both.Token, cancelled.CancellationToken);
        Assert.Equal("exited", (await rig.CallAsync<List<string>>("what_was_kept"))[^1]);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    private Task<Rig> StartAsync(Action<HostToolCollection>? add = null, Action<PoolOptions>? configure = null) =>
        StartAsync("lives.py", p =>
        {
            p.Tools.Add("lookup", static (string key) => key.Length);
            add?.Invoke(p.Tools);
            configure?.Invoke(p);
        });

    private sealed class SpeechlessException : Exception
    {
        public override string Message => throw new InvalidOperationException("no message");
    }
}
