using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>L9: pools of one runtime with budgets. Fake workers have no memory to read, so each counts as 64 MiB.</summary>
[Trait("Rule", "L9")]
public sealed class SharedMemoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeWorkers _workers = new();

    [Fact]
    public async Task A_pool_has_as_many_workers_as_there_is_room_for_and_grows_when_another_one_shrinks()
    {
        await using SnakepitRuntime runtime = await StartAsync(MemorySize.FromMiB(330), null);
        IWorkerPool one = runtime.GetPool("one");
        IWorkerPool other = runtime.GetPool("other");
        await WaitAsync(runtime, static budget => budget.Reserved == MemorySize.FromMiB(5 * 64)
            && budget.Pools.Sum(static pool => pool.WaitingForMemory) == 3);
        Assert.Equal(5, one.GetSnapshot().Workers.Count + other.GetSnapshot().Workers.Count);
        Assert.Contains("workers stop before their replacements start", one.GetSnapshot().ToString(), StringComparison.Ordinal);

        await one.ResizeAsync(1, TestContext.Current.CancellationToken);
        await other.WaitUntilReadyAsync(4, TestContext.Current.CancellationToken);

        Assert.Equal(5, _workers.Alive.Count);
    }

    [Theory]
    [InlineData(128)] // two workers
    [InlineData(1)] // not even one, which is told and exceeded
    public async Task A_replacement_without_room_beside_the_old_worker_comes_after_it(int mebibytes)
    {
        int most = 0;
        _workers.Boot = _ =>
        {
            most = Math.Max(most, _workers.Alive.Count);
            return Task.CompletedTask;
        };
        await using SnakepitRuntime runtime = await StartAsync(MemorySize.FromMiB(mebibytes), null, size: 1);
        await WaitAsync(runtime, static budget => budget.Pools.All(static pool => pool.StopsFirst));

        RecycleReport[] reports = await Task.WhenAll(
            runtime.GetPool("one").RecycleAsync(cancellationToken: TestContext.Current.CancellationToken),
            runtime.GetPool("other").RecycleAsync(cancellationToken: TestContext.Current.CancellationToken));

        Assert.All(reports, static report => Assert.Equal(1, report.Slots.Count(static slot => slot.IsReplaced)));
        Assert.Equal(2, most);
    }

    [Fact]
    public async Task Pools_replace_their_workers_in_turn()
    {
        await using SnakepitRuntime runtime = await StartAsync(null, maxRecycles: 1);
        var counting = new Lock();
        int most = 0;
        _workers.Boot = async worker =>
        {
            lock (counting)
            {
                most = Math.Max(most, _workers.Alive.Count);
            }
            await Task.Yield();
        };

        RecycleReport[] reports = await Task.WhenAll(
            runtime.GetPool("one").RecycleAsync(cancellationToken: TestContext.Current.CancellationToken),
            runtime.GetPool("other").RecycleAsync(cancellationToken: TestContext.Current.CancellationToken));

        Assert.All(reports, static report => Assert.Equal(4, report.Slots.Count(static slot => slot.IsReplaced)));
        Assert.Equal(9, most);
        Assert.Equal(1, runtime.GetBudget().MaxConcurrentRecycles);
    }

    private static async Task WaitAsync(SnakepitRuntime runtime, Func<BudgetSnapshot, bool> condition)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Look()
        {
            if (condition(runtime.GetBudget()))
            {
                reached.TrySetResult();
            }
        }
        foreach (Snakepit.Pools.WorkerPool pool in runtime.Pools)
        {
            pool.Stepped += Look;
        }
        Look();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private Task<SnakepitRuntime> StartAsync(MemorySize? memory, int? maxRecycles, int size = 4) => SnakepitRuntime.StartAsync(
        s =>
        {
            s.TimeProvider = _time;
            s.Options.MemoryBudget = memory;
            s.Options.MaxConcurrentRecycles = maxRecycles;
            s.UseFakeWorkers(_workers);
            foreach (string name in (string[])["one", "other"])
            {
                s.AddPool(name, p =>
                {
                    p.Size = size;
                    p.Restart.Jitter = 0;
                    p.Recycle.MaxConcurrent = Math.Min(size, 2);
                });
            }
        },
        TestContext.Current.CancellationToken);
}
