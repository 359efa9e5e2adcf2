using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>
/// Whatever a pool is doing, and however often it is stopped, it ends within its time budget and every call has its outcome.
/// </summary>
[Trait("Rule", "L1")]
[Trait("Rule", "L17")]
public sealed class StopInEveryStateTests
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, Func<Task<Situation>>> s_states = new()
    {
        ["launching"] = LaunchingAsync,
        ["booting"] = () => BootingAsync(static _ => new TaskCompletionSource().Task, PoolState.Starting),
        ["failing with backoff"] = () => BootingAsync(static _ => throw new FakeToolException("ImportError", "no"), PoolState.Failing),
        ["degraded"] = DegradedAsync,
        ["idle"] = () => ServingAsync(static _ => []),
        ["busy with a call that never ends"] = () => ServingAsync(static pool => [pool.Begin()]),
        ["busy with a call nobody waits for"] = AbandonedAsync,
        ["busy and ignoring SIGTERM"] = () =>
            ServingAsync(static pool => [pool.Begin()], static pool => pool.Workers.Get("text", 0).Hang()),
        ["busy and not to be killed"] = () =>
            ServingAsync(static pool => [pool.Begin()], static pool => pool.Workers.Get("text", 0).Hang(unkillable: true)),
        ["queue full"] = () => ServingAsync(static pool => [pool.Begin(), pool.AddAsync(), pool.AddAsync()]),
        ["draining its queue"] = () =>
            ServingAsync(static pool => [pool.Begin(), pool.AddAsync()], configure: static p => p.Stop.DrainQueue = true),
        ["draining a recycle"] = () => RecyclingAsync(boots: true),
        ["starting a replacement"] = () => RecyclingAsync(boots: false),
        ["already stopping"] = AlreadyStoppingAsync,
        ["stopped"] = StoppedAsync,
    };

    private static readonly Dictionary<string, Func<PoolFixture, Task[]>> s_ways = new()
    {
        ["stop"] = static pool => [pool.StopAsync()],
        ["dispose"] = static pool => [pool.DisposeRuntimeAsync()],
        ["stop twice at once"] = static pool => [pool.StopAsync(), pool.StopAsync()],
        ["dispose while stopping"] = static pool => [pool.StopAsync(), pool.DisposeRuntimeAsync(), pool.DisposeRuntimeAsync()],
        ["stop without patience, then dispose"] = static pool => [WithoutPatienceAsync(pool), pool.DisposeRuntimeAsync()],
    };

    public static MatrixTheoryData<string, string> Cases => new(s_states.Keys, s_ways.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Stopping_ends_within_the_budget_with_an_outcome_for_every_call(string state, string way)
    {
        Situation situation = await s_states[state]();
        await using PoolFixture pool = situation.Pool;

        Task[] stopping = s_ways[way](pool);
        await pool.UntilAsync(static snapshot => snapshot.State >= PoolState.Stopping);
        TimeSpan budget = pool.Options.Stop.Timeout + (2 * pool.Options.Stop.KillTimeout);
        for (TimeSpan waited = TimeSpan.Zero; waited < budget; waited += s_step)
        {
            pool.Time.Advance(s_step);
        }

        await Task.WhenAll(stopping);
        Assert.Equal(PoolState.Stopped, pool.Now.State);
        Assert.Empty(pool.Now.Workers);
        Assert.All(pool.Workers.Alive, worker => Assert.Contains("not to be killed", state, StringComparison.Ordinal));
        foreach (Task call in situation.Calls)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => call);
            Assert.True(
                call.IsCanceled || IsExpected(call.Exception!.InnerException),
                $"The outcome was {call.Exception}.");
        }
        await Assert.ThrowsAsync<ObjectDisposedException>(pool.AddAsync);
        await pool.StopAsync();
    }

    private static bool IsExpected(Exception? error) => error is
        ObjectDisposedException or WorkerLostException or CallTimeoutException or AdapterLoadException or PoolSaturatedException;

    /// <summary>Stops with a cancelled token: work that needs no waiting is still done.</summary>
    private static async Task WithoutPatienceAsync(PoolFixture pool)
    {
        try
        {
            await pool.StopWithoutWaitingAsync();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static void Common(PoolOptions options)
    {
        (options.Queue.Limit, options.Queue.Timeout) = (2, TimeSpan.FromHours(1));
        (options.Call.Timeout, options.Recycle.DrainTimeout) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1));
    }

    private static async Task<Situation> LaunchingAsync()
    {
        // As with a zygote that is not ready, or a launcher that does not answer: there is no process, and none is reported later.
        PoolFixture pool = await PoolFixture.StartInBackgroundAsync(new SilentLauncher(), Common);
        return new Situation(pool, [pool.AddAsync()]);
    }

    private static async Task<Situation> BootingAsync(Func<FakeWorker, Task> boot, PoolState state)
    {
        PoolFixture pool = await PoolFixture.StartAsync(boot, Common);
        await pool.UntilAsync(snapshot => snapshot.State == state);
        return new Situation(pool, [pool.AddAsync()]);
    }

    private static async Task<Situation> DegradedAsync()
    {
        PoolFixture pool = await PoolFixture.StartAsync(
            static worker => worker.Id.Slot == 0 ? Task.CompletedTask : Task.FromException(new FakeToolException("ImportError", "no")),
            static p =>
            {
                Common(p);
                (p.Size, p.MinReady) = (2, 2);
            });
        await pool.UntilAsync(static snapshot => snapshot.State == PoolState.Degraded);
        return new Situation(pool, [pool.Begin()]);
    }

    private static async Task<Situation> ServingAsync(
        Func<PoolFixture, Task[]> call, Action<PoolFixture>? then = null, Action<PoolOptions>? configure = null)
    {
        PoolFixture pool = await PoolFixture.StartAsync(p =>
        {
            Common(p);
            configure?.Invoke(p);
        });
        Task[] calls = call(pool);
        then?.Invoke(pool);
        return new Situation(pool, calls);
    }

    private static async Task<Situation> AbandonedAsync()
    {
        using var caller = new CancellationTokenSource();
        Situation situation = await ServingAsync(pool => [pool.BeginFor(caller)]);
        await caller.CancelAsync();
        return situation;
    }

    private static async Task<Situation> RecyclingAsync(bool boots)
    {
        Situation situation = await ServingAsync(static pool => [pool.Begin()]);
        PoolFixture pool = situation.Pool;
        pool.Workers.Boot = boots ? null : static _ => new TaskCompletionSource().Task;
        Task<RecycleReport> recycling = pool.RecycleAsync();
        await pool.UntilAsync(
            snapshot => snapshot.Workers.Any(worker => worker.State == (boots ? WorkerState.Draining : WorkerState.Booting)));
        _ = recycling;
        return situation;
    }

    private static async Task<Situation> AlreadyStoppingAsync()
    {
        Situation situation = await ServingAsync(static pool => [pool.Begin()]);
        _ = situation.Pool.StopAsync();
        await situation.Pool.UntilAsync(static snapshot => snapshot.State == PoolState.Stopping);
        return situation;
    }

    private static async Task<Situation> StoppedAsync()
    {
        Situation situation = await ServingAsync(static _ => []);
        await situation.Pool.StopAsync();
        return situation;
    }

    private sealed record Situation(PoolFixture Pool, IReadOnlyList<Task> Calls);

    /// <summary>A launcher that takes orders and never answers.</summary>
    private sealed class SilentLauncher : IWorkerStarter
    {
        public void Launch(WorkerStart launch, IWorkerEvents events)
        {
        }

        public void Dispose()
        {
        }
    }
}
