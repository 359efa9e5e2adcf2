using System.Runtime.CompilerServices;
using Snakepit.Testing;
using Snakepit.Tests.Pools;

namespace Snakepit.Tests.Streams;

/// <summary>Tests streams over fake workers and a fake clock.</summary>
public sealed class StreamTests
{
    private static readonly FakeToolException s_broken = new("KeyError", "'x'");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_come_in_order_and_the_worker_is_free_afterwards()
    {
        await using PoolFixture fixture = await StartAsync();

        Assert.Equal(Enumerable.Range(0, 5_000), await Stream<int>(fixture, "count", 5_000).ToListAsync(Cancellation));
        Assert.Equal(42, await fixture.AddAsync());
        Assert.Equal(0, fixture.Now.Running);
    }

    [Fact]
    public async Task A_generator_is_a_list_for_a_caller_that_wants_one_value()
    {
        await using PoolFixture fixture = await StartAsync();

        List<int> all = await fixture.Face.ExecuteAsync<List<int>>("count", ToolArguments.Named(("to", 3)), null, Cancellation);

        Assert.Equal([0, 1, 2], all);
    }

    [Fact]
    public async Task A_caller_that_reads_nothing_stops_the_worker_within_the_window()
    {
        var produced = new Counter();
        await using PoolFixture fixture = await StartAsync(produced);

        await using IAsyncEnumerator<int> items = Stream<int>(fixture, "count", 100_000).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());

        Assert.InRange(produced.Value, 1, 64);
        while (items.Current < 1_000)
        {
            Assert.True(await items.MoveNextAsync());
        }
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_generator_and_frees_the_worker()
    {
        var produced = new Counter();
        await using PoolFixture fixture = await StartAsync(produced);

        await foreach (int item in Stream<int>(fixture, "count", int.MaxValue).WithCancellation(Cancellation))
        {
            if (item == 100)
            {
                break;
            }
        }

        await produced.Ended.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task An_error_comes_after_the_items_before_it()
    {
        await using PoolFixture fixture = await StartAsync();
        var items = new List<int>();

        ToolException error = await Assert.ThrowsAsync<ToolException>(async () =>
        {
            await foreach (int item in Stream<int>(fixture, "break", 3).WithCancellation(Cancellation))
            {
                items.Add(item);
            }
        });

        Assert.True(error.Error.Is("KeyError"));
        Assert.Equal([0, 1, 2], items);
    }

    [Fact]
    [Trait("Rule", "L3")]
    public async Task A_death_comes_after_the_items_before_it_and_nothing_runs_again()
    {
        await using PoolFixture fixture = await StartAsync(idempotent: true);
        var items = new List<int>();

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (int item in Stream<int>(fixture, "die_after", 3).WithCancellation(Cancellation))
            {
                items.Add(item);
            }
        });

        Assert.Equal((3, CallExecution.MayHaveRun), (error.Items, error.Execution));
        Assert.Contains("3 items of its stream had arrived", error.Message, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2], items);
    }

    [Fact]
    [Trait("Rule", "L3")]
    public async Task A_stream_without_items_runs_again_when_it_may()
    {
        await using PoolFixture fixture = await StartAsync(idempotent: true);

        Assert.Equal([7], await Stream<int>(fixture, "die_first", 0).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Cancelling_releases_the_caller_with_its_own_token()
    {
        await using PoolFixture fixture = await StartAsync();
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), null, source.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync());

        ValueTask<bool> next = items.MoveNextAsync();
        await source.CancelAsync();

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        Assert.Equal(source.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Cancelling_between_items_ends_the_stream_at_the_next_one()
    {
        await using PoolFixture fixture = await StartAsync();
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("count", ToolArguments.Named(("to", 100)), null, source.Token).GetAsyncEnumerator(CancellationToken.None);
        while (await items.MoveNextAsync() && items.Current < 10)
        {
            // others have arrived by then
        }

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await items.MoveNextAsync());
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task A_stream_that_yields_nothing_for_too_long_ends()
    {
        await using PoolFixture fixture = await StartAsync(configure: static p => p.Call.StreamIdleTimeout = TimeSpan.FromSeconds(10));
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), null, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());
        fixture.Time.Advance(TimeSpan.FromHours(1)); // the caller itself may take its time

        Task<bool> next = items.MoveNextAsync().AsTask();
        fixture.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(next.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(2));

        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(async () => await next);
        Assert.Contains("Call.StreamIdleTimeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("after 1 items", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_has_no_deadline_but_the_one_it_is_given()
    {
        await using PoolFixture fixture = await StartAsync(configure: static p => p.Call.Timeout = TimeSpan.FromSeconds(5));
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), null, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());
        fixture.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(1, fixture.Now.Running);
        await items.DisposeAsync();

        var limited = new ToolCallOptions { Timeout = TimeSpan.FromSeconds(5) };
        await using IAsyncEnumerator<int> brief = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), limited, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await brief.MoveNextAsync());
        Task<bool> next = brief.MoveNextAsync().AsTask();
        fixture.Time.Advance(TimeSpan.FromSeconds(6));
        CallTimeoutException error = await Assert.ThrowsAsync<CallTimeoutException>(async () => await next);
        Assert.Contains("Call.Timeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_of_another_type_ends_the_stream()
    {
        await using PoolFixture fixture = await StartAsync();

        ToolResultException error = await Assert.ThrowsAsync<ToolResultException>(
            async () => await Stream<DateTime>(fixture, "count", 3).ToListAsync(Cancellation));

        Assert.Equal(typeof(DateTime), error.ResultType);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task A_stream_counts_as_one_call()
    {
        await using PoolFixture fixture = await StartAsync();
        long before = fixture.Now.Workers[0].Requests;

        await Stream<int>(fixture, "count", 100).ToListAsync(Cancellation);

        Assert.Equal(before + 1, fixture.Now.Workers[0].Requests);
    }

    [Fact]
    public async Task The_end_of_the_pool_ends_the_stream()
    {
        PoolFixture fixture = await StartAsync();
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), null, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());

        fixture.Workers.Get("text", 0).Crash();
        await Assert.ThrowsAsync<WorkerLostException>(async () => await items.MoveNextAsync());
        await fixture.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Stream<int>(fixture, "count", 1).ToListAsync(Cancellation));
    }

    private static IAsyncEnumerable<T> Stream<T>(PoolFixture fixture, string tool, int to) =>
        fixture.Face.StreamAsync<T>(tool, ToolArguments.Named(("to", to)), null, Cancellation);

    private static Task<PoolFixture> StartAsync(
        Counter? produced = null, bool idempotent = false, Action<PoolOptions>? configure = null) =>
        PoolFixture.StartAsync(configure, prepare: workers =>
        {
            workers.Add("count", request => CountAsync(request.Get<int>("to"), produced ?? new Counter()))
                .Add("break", static request => EndAsync(request.Get<int>("to"), static () => throw s_broken))
                .Add("die_after", static request => EndAsync(request.Get<int>("to"), () => request.Worker.Crash()))
                .Add("die_first", static request => DieFirstAsync(request))
                .Add("wait", static request => WaitAsync());
            if (idempotent)
            {
                workers.MarkIdempotent("die_after", "die_first");
            }
        });

    private static async IAsyncEnumerable<int> CountAsync(
        int to, Counter produced, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        try
        {
            for (int i = 0; i < to; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                produced.Add();
                yield return i;
                await Task.Yield();
            }
        }
        finally
        {
            produced.End();
        }
    }

    private static async IAsyncEnumerable<int> EndAsync(int after, Action end)
    {
        for (int i = 0; i < after; i++)
        {
            yield return i;
        }
        await Task.Yield();
        end();
    }

    private static async IAsyncEnumerable<int> DieFirstAsync(ToolRequest request)
    {
        await Task.Yield();
        if (request.Attempt == 1)
        {
            request.Worker.Crash();
            await new TaskCompletionSource().Task.WaitAsync(request.CancellationToken);
        }
        yield return 7;
    }

    private static async IAsyncEnumerable<int> WaitAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        yield return 1;
        await new TaskCompletionSource().Task.WaitAsync(cancellation);
    }

    private sealed class Counter
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _value;

        public int Value => Volatile.Read(ref _value);

        public Task Ended => _ended.Task;

        public void Add() => Interlocked.Increment(ref _value);

        public void End() => _ended.TrySetResult();
    }
}
