using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Crashes of workers, and the outcomes of their calls.</summary>
[Trait("Rule", "L3")]
public sealed class WorkerLossTests
{
    [Fact]
    [Trait("Rule", "L14")]
    public async Task A_call_whose_worker_dies_ends_with_a_death_report()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        fixture.Time.Advance(TimeSpan.FromSeconds(90) / 10);
        FakeWorker worker = fixture.Workers.Get("text", 0);
        worker.WriteLine("loading model");
        worker.WriteLine("boom");

        worker.Crash(signal: 11);

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(
            $"Worker text/0#1 (pid {worker.Pid}) ended with 'slow': killed by SIGSEGV. The tool may have run; "
                + "mark it @tool(idempotent=True), "
            + "or the call ToolCallOptions.Idempotent, to have it run again elsewhere.\nIts last output:\n  loading model\n  boom",
            error.Message);
        Assert.Equal((new WorkerId("text", 0, 1), CallExecution.MayHaveRun), (error.Worker, error.Execution));
        DeathReport report = error.Report!;
        Assert.Equal(worker.Id, report.Worker);
        Assert.Equal((worker.Pid, "killed by SIGSEGV", null, 11), (report.Pid, report.Description, report.ExitCode, report.Signal));
        Assert.Equal((TimeSpan.FromSeconds(9), 1L, 1), (report.Uptime, report.Requests, report.RunningTools.Count));
        Assert.Equal(["loading model", "boom"], report.LastOutput);
    }

    [Fact]
    public async Task A_worker_that_exits_by_itself_is_told_by_its_code()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();

        fixture.Workers.Get("text", 0).Exit(3);

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(("exit code 3", 3, null), (error.Report!.Description, error.Report.ExitCode, error.Report.Signal));
    }

    [Fact]
    public async Task Only_the_last_fifty_lines_of_output_are_kept_and_five_are_shown()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        FakeWorker worker = fixture.Workers.Get("text", 0);
        for (int i = 0; i < 60; i++)
        {
            worker.WriteLine($"line {i}");
        }

        worker.Crash();

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal(Enumerable.Range(10, 50).Select(static i => $"line {i}"), error.Report!.LastOutput);
        Assert.EndsWith(
            "\nIts last output:\n  line 55\n  line 56\n  line 57\n  line 58\n  line 59", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_had_not_begun_runs_again_elsewhere()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync(); // a worker that has answered is replaced without a backoff
        FakeWorker worker = fixture.Workers.Get("text", 0);
        worker.Hang();
        Task<int> call = fixture.AddAsync();
        Assert.Empty(worker.Running);

        worker.Crash();

        Assert.Equal(42, await call);
        Assert.Equal(2, fixture.Workers.Get("text", 0).Id.Generation);
    }

    [Fact]
    public async Task A_call_that_had_not_begun_keeps_its_deadline()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        FakeWorker worker = fixture.Workers.Get("text", 0);
        worker.Hang();
        Task<int> call = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(3) });
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        worker.Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.InRange(fixture.NextSlow().Request.Remaining!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        await Assert.ThrowsAsync<CallTimeoutException>(() => call);
    }

    [Fact]
    public async Task A_call_marked_idempotent_runs_again()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin(new ToolCallOptions { Idempotent = true });
        HeldCall first = fixture.NextSlow();

        first.Request.Worker.Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        HeldCall second = fixture.NextSlow();
        second.Return(7);
        Assert.Equal(7, await call);
        Assert.Equal((1, 2), (first.Request.Attempt, second.Request.Attempt));
    }

    [Fact]
    public async Task A_tool_marked_idempotent_runs_again()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        HeldTool look = fixture.Workers.Hold("look");
        fixture.Workers.MarkIdempotent("look");
        fixture.Workers.Get("text", 0).Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1)); // the replacement has announced which tools are idempotent
        Task<int> call = fixture.CallAsync<int>("look");

        (await look.NextAsync(TestContext.Current.CancellationToken)).Request.Worker.Crash();

        HeldCall again = await look.NextAsync(TestContext.Current.CancellationToken);
        again.Return(7);
        Assert.Equal((7, 2), (await call, again.Request.Attempt));
    }

    [Fact]
    public async Task A_call_may_refuse_what_its_tool_allows()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        fixture.Workers.MarkIdempotent("slow");
        fixture.Workers.Get("text", 0).Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Task<int> call = fixture.Begin(new ToolCallOptions { Idempotent = false });

        fixture.NextSlow().Request.Worker.Crash();

        await Assert.ThrowsAsync<WorkerLostException>(() => call);
    }

    [Fact]
    public async Task An_idempotent_call_is_tried_three_times()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin(new ToolCallOptions { Idempotent = true });

        for (int attempt = 1; attempt <= 3; attempt++)
        {
            HeldCall held = fixture.NextSlow();
            Assert.Equal(attempt, held.Request.Attempt);
            held.Request.Worker.Crash();
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal((3, CallExecution.MayHaveRun), (error.Worker.Generation, error.Execution));
    }

    [Fact]
    [Trait("Rule", "A5")]
    public async Task The_death_of_a_worker_costs_only_its_own_calls()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Size = 2);
        Task<int> first = fixture.Begin();
        Task<int> second = fixture.Begin();
        HeldCall doomed = fixture.NextSlow();
        HeldCall other = fixture.NextSlow();

        doomed.Request.Worker.Crash();
        other.Return(2);

        await Assert.ThrowsAsync<WorkerLostException>(() => first);
        Assert.Equal(2, await second);
    }

    [Fact]
    public async Task A_dead_worker_is_replaced_at_once()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        await fixture.AddAsync();

        fixture.Workers.Get("text", 0).Crash();

        Assert.Equal((PoolState.Ready, 1), (fixture.Now.State, fixture.Now.Ready));
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    [Trait("Rule", "L15")]
    public async Task A_worker_that_dies_before_its_first_call_is_replaced_after_a_pause()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Restart.InitialBackoff = TimeSpan.FromSeconds(1));

        fixture.Workers.Get("text", 0).Crash();

        Assert.Empty(fixture.Workers.Alive);
        Task<int> waiting = fixture.AddAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(1) + PoolFixture.Tick);
        Assert.Equal(42, await waiting);
    }

    [Fact]
    [Trait("Rule", "P4")]
    public async Task A_worker_that_breaks_the_protocol_is_lost_with_the_reason()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();

        fixture.Workers.Get("text", 0).BreakProtocol("reserved bits set");

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal("killed by SIGKILL: it broke the protocol (reserved bits set)", error.Report!.Description);
    }
}
