using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Several pools that may start one worker at a time together, besides each pool's own limit.</summary>
[Trait("Rule", "L16")]
public sealed class SharedStartsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeWorkers _workers = new();

    [Fact]
    public async Task Workers_of_all_pools_come_up_one_after_the_other()
    {
        var counting = new Lock();
        int booting = 0;
        int most = 0;
        _workers.Boot = async _ =>
        {
            lock (counting)
            {
                most = Math.Max(most, ++booting);
            }
            await Task.Yield();
            lock (counting)
            {
                booting--;
            }
        };

        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.AllReady);
        await Task.WhenAll(
            runtime.PoolNames.Select(name => runtime.GetPool(name).WaitUntilReadyAsync(8, TestContext.Current.CancellationToken)));

        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task A_pool_whose_starts_hang_holds_up_no_other()
    {
        _workers.Boot = static worker => worker.Id.Pool == "hangs" ? new TaskCompletionSource().Task : Task.CompletedTask;

        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.AnyReady);

        await runtime.GetPool("starts").WaitUntilReadyAsync(8, TestContext.Current.CancellationToken);
        Assert.Equal(0, runtime.GetPool("hangs").GetSnapshot().Ready);
    }

    [Fact]
    public async Task The_wait_for_a_turn_is_no_part_of_the_start()
    {
        var first = new TaskCompletionSource();
        _workers.Boot = worker => worker.Id is { Pool: "hangs", Slot: 0 } ? first.Task : Task.CompletedTask;
        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.AnyReady, bootTimeout: TimeSpan.FromSeconds(10));
        IWorkerPool pool = runtime.GetPool("hangs");

        _time.Advance(TimeSpan.FromSeconds(9)); // the others have waited 9 s too
        first.SetResult();
        await pool.WaitUntilReadyAsync(8, TestContext.Current.CancellationToken);

        PoolSnapshot snapshot = pool.GetSnapshot();
        Assert.All(snapshot.Workers, static worker => Assert.Equal(1, worker.Id.Generation));
        Assert.Equal(0, snapshot.Workers.Single(static worker => worker.Id.Slot == 1).Age.TotalSeconds);
        Assert.Equal(9, snapshot.Workers.Single(static worker => worker.Id.Slot == 0).Age.TotalSeconds);
    }

    [Fact]
    public async Task A_start_that_takes_too_long_makes_room()
    {
        _workers.Boot = static worker =>
            worker.Id is { Pool: "hangs", Slot: 0, Generation: 1 } ? new TaskCompletionSource().Task : Task.CompletedTask;
        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.AnyReady, bootTimeout: TimeSpan.FromSeconds(10));

        _time.Advance(TimeSpan.FromSeconds(11));

        // These were ordered before a worker was ready.
        await runtime.GetPool("hangs").WaitUntilReadyAsync(3, TestContext.Current.CancellationToken);
    }

    [Fact]
    [Trait("Rule", "L17")]
    public async Task Stopping_gives_up_starts_that_wait()
    {
        _workers.Boot = static worker => worker.Id.Pool == "hangs" ? new TaskCompletionSource().Task : Task.CompletedTask;
        SnakepitRuntime runtime = await StartAsync(StartPolicy.AnyReady);

        await runtime.DisposeAsync();

        Assert.Empty(_workers.Alive);
    }

    private Task<SnakepitRuntime> StartAsync(StartPolicy policy, TimeSpan? bootTimeout = null) => SnakepitRuntime.StartAsync(
        s =>
        {
            s.TimeProvider = _time;
            s.Options.StartPolicy = policy;
            s.Options.MaxConcurrentStarts = 1;
            s.UseFakeWorkers(_workers);
            foreach (string name in (string[])["hangs", "starts"])
            {
                s.AddPool(name, p =>
                {
                    p.Size = 8;
                    p.Start.MaxConcurrent = 8;
                    p.Boot.Timeout = bootTimeout ?? p.Boot.Timeout;
                    p.Restart.Jitter = 0;
                });
            }
        },
        TestContext.Current.CancellationToken);
}
