namespace Snakepit.Tests.Pools;

/// <summary>Calls that wait in the queue, and calls that the queue rejects.</summary>
[Trait("Rule", "L4")]
public sealed class QueueTests
{
    [Fact]
    public async Task A_full_queue_rejects_at_once_and_names_pool_length_limit_and_setting()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 2);
        _ = fixture.Begin();
        Task[] waiting = [fixture.Begin(), fixture.Begin()];

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());

        Assert.Equal(
            "Pool 'text' rejected 'slow': 2 calls wait and Queue.Limit is 2. "
                + "Raise Queue.Limit or Size, send fewer calls, or set Queue.WhenFull to Wait.",
            error.Message);
        Assert.Equal(("text", 2, 2), (error.Pool, error.QueueLength, error.Limit));
        Assert.All(waiting, static call => Assert.False(call.IsCompleted));
        Assert.Equal((1L, 3L), (fixture.Now.Rejected, fixture.Now.Accepted));
    }

    [Fact]
    public async Task A_full_queue_is_told_once_until_it_has_emptied_to_half()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 2);
        _ = fixture.Begin();
        _ = fixture.Begin();
        Task last = fixture.Begin();
        fixture.Events();

        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());
        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());

        PoolSaturatedEvent told = Assert.IsType<PoolSaturatedEvent>(Assert.Single(fixture.Events()));
        Assert.Equal(("text", 2, 2), (told.Pool, told.QueueLength, told.Limit));

        fixture.NextSlow().Return(1);
        _ = fixture.Begin();
        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());
        Assert.IsType<PoolSaturatedEvent>(Assert.Single(fixture.Events()));
    }

    [Fact]
    public async Task A_queue_limit_of_zero_lets_nothing_wait()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 0);
        Task<int> running = fixture.Begin();

        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());

        fixture.NextSlow().Return(7);
        Assert.Equal(7, await running);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task A_call_that_waits_longer_than_the_queue_timeout_is_rejected()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Timeout = TimeSpan.FromSeconds(3));
        _ = fixture.Begin();
        Task first = fixture.Begin();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Task second = fixture.Begin();

        fixture.Time.Advance(TimeSpan.FromSeconds(2) - PoolFixture.Tick);
        Assert.False(first.IsCompleted);
        fixture.Time.Advance(PoolFixture.Tick * 2);

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() => first);
        Assert.Equal(
            "Pool 'text' rejected 'slow': no worker was free within Queue.Timeout (3 s); "
                + "1 more calls wait, Queue.Limit is 1000. Raise Size or Queue.Timeout.",
            error.Message);
        Assert.False(second.IsCompleted);
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(-5, "-5 ms")]
    public async Task A_call_with_no_time_left_never_starts(int milliseconds, string text)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(
            () => fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) }));

        Assert.Equal(
            $"Tool 'slow' in pool 'text' was given no time: its Timeout is {text}. It did not run. "
                + "Give the call a Timeout above zero, or Timeout.InfiniteTimeSpan for no limit.",
            error.Message);
        Assert.Equal(CallExecution.NotStarted, error.Execution);
    }

    [Fact]
    public async Task A_call_whose_deadline_passes_in_the_queue_never_starts()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> running = fixture.Begin();
        Task waiting = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(300) });

        fixture.Time.Advance(TimeSpan.FromMilliseconds(300) + PoolFixture.Tick);

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(() => waiting);
        Assert.Equal(
            "Tool 'slow' in pool 'text' was not started within its 300 ms: no worker was free. It did not run. "
                + "Raise Size, or the call's Timeout (default Call.Timeout).",
            error.Message);
        Assert.Equal(
            ("text", "slow", TimeSpan.FromMilliseconds(300), CallExecution.NotStarted),
            (error.Pool, error.Tool, error.Timeout, error.Execution));
        fixture.NextSlow().Return(1);
        await running;
        Assert.Equal(1, fixture.Now.Workers[0].Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public async Task A_call_without_time_is_rejected_without_starting(int milliseconds)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(
            () => fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(milliseconds) }));

        Assert.Equal(CallExecution.NotStarted, error.Execution);
    }

    [Fact]
    public async Task Waiting_calls_are_served_in_their_order()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        var order = new List<int>();
        fixture.Workers.Add("note", request => order.Add(request.Get<int>(0)));
        _ = fixture.Begin();
        Task[] waiting = [.. Enumerable.Range(0, 20).Select(i => fixture.CallAsync("note", ToolArguments.Positional(i)))];

        fixture.NextSlow().Return(1);
        await Task.WhenAll(waiting);

        Assert.Equal(Enumerable.Range(0, 20), order);
    }

    [Fact]
    public async Task A_deadline_travels_with_the_call_less_the_time_it_waited()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        _ = fixture.Begin(new ToolCallOptions { Timeout = Timeout.InfiniteTimeSpan });
        _ = fixture.Begin(new ToolCallOptions { Timeout = TimeSpan.FromSeconds(4) });

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Snakepit.Testing.HeldCall first = fixture.NextSlow();
        first.Return(1);

        Assert.Null(first.Request.Remaining);
        Assert.Equal(TimeSpan.FromSeconds(3), fixture.NextSlow().Request.Remaining);
    }
}
