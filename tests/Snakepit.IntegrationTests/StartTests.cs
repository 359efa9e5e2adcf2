using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests what a start waits for.</summary>
public sealed class StartTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L16")]
    public async Task AllReady_waits_for_MinReady_workers_of_every_pool()
    {
        Rig rig = Own(TwoPools(StartPolicy.AllReady, "tools.py", "stateful.py:Counter"));

        await rig.StartAsync();

        Assert.Equal(PoolState.Ready, rig.Runtime.GetPool("first").GetSnapshot().State);
        Assert.Equal(PoolState.Ready, rig.Runtime.GetPool("second").GetSnapshot().State);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L16")]
    public async Task AllReady_fails_with_the_first_pool_that_cannot_start()
    {
        Rig rig = Own(TwoPools(StartPolicy.AllReady, "tools.py", "Broken/raises_in_setup.py"));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Equal("second", thrown.Pool);
    }

    [Fact(Timeout = Bound)]
    public async Task AnyReady_is_content_with_one_pool()
    {
        Rig rig = Own(TwoPools(StartPolicy.AnyReady, "tools.py", "Broken/raises_in_setup.py"));

        await rig.StartAsync();

        Assert.Equal(42, await rig.Runtime.GetPool("first").ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task AnyReady_fails_when_every_pool_has_failed()
    {
        Rig rig = Own(TwoPools(StartPolicy.AnyReady, "Broken/syntax_error.py", "Broken/raises_in_setup.py"));

        await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);
    }

    [Theory(Timeout = Bound)]
    [InlineData(StartPolicy.AllReady)]
    [InlineData(StartPolicy.AnyReady)]
    [Trait("Rule", "L16")]
    public async Task Cancelled_start_is_given_up(StartPolicy policy)
    {
        Rig rig = Own(TwoPools(policy, "Broken/hangs_in_setup.py", "Broken/hangs_in_setup.py"));
        using CancellationTokenSource cancel = new();
        Task starting = rig.Runtime.StartAsync(cancel.Token);
        await rig.NextAsync<WorkerStartedEvent>();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    [Fact(Timeout = Bound)]
    public async Task Background_returns_at_once_and_tells_calls_why_a_pool_cannot_start()
    {
        Rig rig = Own(TwoPools(StartPolicy.Background, "tools.py", "Broken/raises_in_setup.py"));

        await rig.StartAsync();

        Assert.Equal(42, await rig.Runtime.GetPool("first").ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(
            async () => await rig.Runtime.GetPool("second").ExecuteAsync("tool", default, null, Cancellation));
        Assert.Contains("in setup", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AdapterLoadException>(() => rig.Runtime.GetPool("second").WaitUntilReadyAsync(1, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Background_with_a_missing_adapter_fails_calls_of_that_pool_only()
    {
        Rig rig = Own(TwoPools(StartPolicy.Background, "absent.py", "tools.py"));

        await rig.StartAsync();

        Assert.Equal(42, await rig.Runtime.GetPool("second").ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
        await Assert.ThrowsAsync<AdapterLoadException>(
            async () => await rig.Runtime.GetPool("first").ExecuteAsync("pid", default, null, Cancellation));
    }

    private static Rig TwoPools(StartPolicy policy, string first, string second) => Rig.Create((builder, mark) =>
    {
        builder.Options.StartPolicy = policy;
        foreach ((string name, string adapter) in new[] { ("first", first), ("second", second) })
        {
            builder.AddPool(name, pool =>
            {
                mark(pool);
                pool.Adapter = Rig.Adapter(adapter);
                pool.Size = 1;
                pool.Queue.Timeout = TimeSpan.FromSeconds(50);
            });
        }
    });
}
