using System.Runtime.CompilerServices;
using Polly;
using Polly.Retry;
using Snakepit.Testing;
using Snakepit.Tests.Pools;

namespace Snakepit.Tests.Streams;

/// <summary>Streams of a pool with retries, a circuit breaker or a pipeline of the user's.</summary>
public sealed class ResilientStreamTests
{
    private int _attempts;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_come_in_order_through_a_pipeline()
    {
        await using PoolFixture fixture = await StartAsync(static p => p.Retry.MaxRetries = 1);

        Assert.Equal(Enumerable.Range(0, 1_000), await Stream(fixture, "count", 1_000).ToListAsync(Cancellation));
        await foreach (int item in Stream(fixture, "count", int.MaxValue).WithCancellation(Cancellation))
        {
            if (item == 100)
            {
                break;
            }
        }
        Assert.Equal(42, await fixture.AddAsync());
        await Assert.ThrowsAsync<ToolException>(async () => await Stream(fixture, "fail", 0).ToListAsync(Cancellation));
    }

    [Fact]
    [Trait("Rule", "L3")]
    public async Task A_stream_without_items_is_retried_if_its_tool_is_idempotent()
    {
        await using PoolFixture fixture = await StartAsync(Retrying);

        Assert.Equal([7], await Stream(fixture, "die_first", 0).ToListAsync(Cancellation));
        Assert.Equal(2, _attempts);

        _attempts = 0;
        await Assert.ThrowsAsync<WorkerLostException>(async () => await Stream(fixture, "die_first_once", 0).ToListAsync(Cancellation));
        Assert.Equal(1, _attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Rule", "L3")]
    public async Task A_stream_with_an_item_is_never_repeated(bool byUser)
    {
        await using PoolFixture fixture = await StartAsync(p =>
        {
            Retrying(p);
            if (byUser)
            {
                p.Pipeline = new ResiliencePipelineBuilder().AddRetry(new RetryStrategyOptions { Delay = TimeSpan.Zero }).Build();
            }
        });
        var items = new List<int>();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            await foreach (int item in Stream(fixture, "die_after", 3).WithCancellation(Cancellation))
            {
                items.Add(item);
            }
        });

        Assert.Equal([0, 1, 2], items);
        Assert.Equal((3, false, 1), (lost.Items, lost.IsTransient, _attempts));
    }

    [Fact]
    public async Task The_breaker_counts_streams_by_their_end_and_refuses_them()
    {
        await using PoolFixture fixture = await StartAsync(static p => (p.Breaker.FailureRatio, p.Breaker.MinimumCalls) = (0.5, 4));
        for (int i = 0; i < 2; i++)
        {
            await fixture.AddAsync(); // a worker that has answered is replaced without a backoff
            await Assert.ThrowsAsync<WorkerLostException>(async () => await Stream(fixture, "die_after", 3).ToListAsync(Cancellation));
            await fixture.ReadyAsync();
        }

        CircuitOpenException refused = await Assert.ThrowsAsync<CircuitOpenException>(
            async () => await Stream(fixture, "count", 1).ToListAsync(Cancellation));

        Assert.StartsWith("Pool 'text' refused 'count'", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CircuitOpenException>(() => fixture.AddAsync());
    }

    [Fact]
    public async Task A_cancelled_stream_carries_the_callers_own_token()
    {
        await using PoolFixture fixture = await StartAsync(static p => p.Retry.MaxRetries = 1);
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<int> items = fixture.Face
            .StreamAsync<int>("wait", default(ToolArguments), null, source.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync());

        ValueTask<bool> next = items.MoveNextAsync();
        await source.CancelAsync();

        OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(42, await fixture.AddAsync());
    }

    private static IAsyncEnumerable<int> Stream(PoolFixture fixture, string tool, int to) =>
        fixture.Face.StreamAsync<int>(tool, ToolArguments.Named(("to", to)), null, Cancellation);

    private static void Retrying(PoolOptions options)
    {
        options.Size = 2;
        options.Call.MaxAttempts = 1; // else the kernel repeats the call
        options.Retry.MaxRetries = 3;
        options.Retry.Delay = TimeSpan.Zero;
    }

    private Task<PoolFixture> StartAsync(Action<PoolOptions> configure) => PoolFixture.StartAsync(configure, prepare: workers => workers
        .Add("count", static request => CountAsync(request.Get<int>("to"), static () => { }))
        .Add("die_after", request =>
        {
            _attempts++;
            return CountAsync(request.Get<int>("to"), () => request.Worker.Crash());
        })
        .Add("die_first", DieFirstAsync)
        .Add("die_first_once", DieFirstAsync)
        .Add("wait", static _ => WaitAsync())
        .MarkIdempotent("die_after", "die_first"));

    private async IAsyncEnumerable<int> DieFirstAsync(ToolRequest request)
    {
        await Task.Yield();
        if (++_attempts == 1)
        {
            request.Worker.Crash();
            await new TaskCompletionSource().Task.WaitAsync(request.CancellationToken);
        }
        yield return 7;
    }

    private static async IAsyncEnumerable<int> CountAsync(int to, Action end)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
            await Task.Yield();
        }
        end();
    }

    private static async IAsyncEnumerable<int> WaitAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        yield return 1;
        await new TaskCompletionSource().Task.WaitAsync(cancellation);
    }
}
