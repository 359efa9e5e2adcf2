using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tests that streams, sessions, host tools and cancellation are the same however workers start, values travel and calls end.
/// </summary>
public sealed class LivesEverywhereTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(StartMethod.Spawn, ValueCodec.Json, false)]
    [InlineData(StartMethod.Spawn, ValueCodec.Json, true)]
    [InlineData(StartMethod.Spawn, ValueCodec.Marshal, false)]
    [InlineData(StartMethod.Zygote, ValueCodec.Json, false)]
    [InlineData(StartMethod.Zygote, ValueCodec.Marshal, false)]
    [Trait("Mode", "Native")]
    public async Task Calls_with_a_life_work_with_every_codec_transport_and_start(StartMethod start, ValueCodec codec, bool portable)
    {
        Rig rig = await StartAsync(p =>
        {
            (p.Start.Method, p.Values.Codec, p.Transport.Portable) = (start, codec, portable);
            p.Call.CancelGrace = TimeSpan.FromMilliseconds(200);
        });

        Assert.Equal(Enumerable.Range(0, 2_000), await Stream<int>(rig, "count", 2_000).ToListAsync(Cancellation));
        Assert.Equal(new[] { 0, 1, 2 }, await rig.CallAsync<int[]>("take", CountAsync(100), 3));
        Assert.Equal(4_950, await rig.CallAsync<int>("total", CountAsync(100)));
        Assert.Equal(3, await rig.CallAsync<int>("ask", "lookup", "abc"));
        IWorkerSession session = rig.Pool.GetSession("s", SessionAffinity.StrictQueue);
        for (int turn = 1; turn <= 3; turn++)
        {
            Assert.Equal(turn, await session.ExecuteAsync<int>("turn", default(ToolArguments), null, Cancellation));
        }
        await session.EndAsync(Cancellation);
        using var source = new CancellationTokenSource();
        ValueTask call = rig.Pool.ExecuteAsync("sleeps", default(ToolArguments), null, source.Token);
        await rig.BegunAsync("sleeps");
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(3, await rig.CallAsync<int>("ask", "lookup", "abc"));
        Assert.Equal(portable ? 1 : 0, (await rig.AllAsync<WorkerCrashedEvent>()).Count); // plain tools are interrupted by signals only
    }

    [Fact(Timeout = Bound)]
    public async Task Everything_that_can_be_enumerated_is_a_stream()
    {
        Rig rig = await StartAsync();

        Assert.Equal(["0", "1", "2"], await Stream<string>(rig, "mapped", 3).ToListAsync(Cancellation));
        Assert.Equal(["a", "b"], await Stream<string>(rig, "rows").ToListAsync(Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task An_exception_of_the_consumer_ends_the_generator_and_its_with()
    {
        Rig rig = await StartAsync();

        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (int _ in Stream<int>(rig, "in_a_with", int.MaxValue))
            {
                throw new FormatException("of the consumer");
            }
        });

        Assert.Equal(["entered", "GeneratorExit"], (await rig.CallAsync<List<string>>("what_was_kept"))[^2..]);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task A_stream_that_outlives_the_drain_timeout_ends_with_its_worker()
    {
        Rig rig = await StartAsync(static p => p.Recycle.DrainTimeout = TimeSpan.FromMilliseconds(100));
        Gate gate = NewGate();
        await using IAsyncEnumerator<int> items = Stream<int>(rig, "holds", gate.Path).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());

        Task<RecycleReport> recycle = rig.Pool.RecycleAsync(cancellationToken: Cancellation);

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(async () => await items.MoveNextAsync());
        Assert.Equal(1, lost.Items);
        await recycle;
        Assert.Equal(3, await rig.CallAsync<int>("ask", "lookup", "abc"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task A_stream_whose_input_kills_workers_is_quarantined()
    {
        Rig rig = await StartAsync(static p =>
            (p.Restart.InitialBackoff, p.Restart.MaxBackoff) = (TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(50)));

        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<WorkerLostException>(async () => await Stream<int>(rig, "dies_after", 2).ToListAsync(Cancellation));
        }

        await Assert.ThrowsAsync<InputQuarantinedException>(async () => await Stream<int>(rig, "dies_after", 2).ToListAsync(Cancellation));
        Assert.Equal([0, 1], await Stream<int>(rig, "count", 2).ToListAsync(Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task A_log_record_of_a_session_names_it()
    {
        Rig rig = await StartAsync();

        await rig.Pool.GetSession("s-7").ExecuteAsync<int>("turn", default(ToolArguments), null, Cancellation);

        LogEntry entry = await rig.Log.FirstAsync(static entry => entry.Text.EndsWith("turn 1", StringComparison.Ordinal));
        Assert.Equal(("s-7", "turn"), (entry.Properties["Session"], entry.Properties["Tool"]));
    }

    private Task<Rig> StartAsync(Action<PoolOptions>? configure = null) => StartAsync("lives.py", p =>
    {
        p.Tools.Add("lookup", static (string key) => key.Length);
        configure?.Invoke(p);
    });

    private static IAsyncEnumerable<T> Stream<T>(Rig rig, string tool, params object[] arguments) =>
        rig.Pool.StreamAsync<T>(tool, ToolArguments.FromList(arguments), null, Cancellation);

    private static async IAsyncEnumerable<int> CountAsync(int to)
    {
        for (int i = 0; i < to; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }
}
