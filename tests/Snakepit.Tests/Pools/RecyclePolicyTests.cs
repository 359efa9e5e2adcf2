using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Snakepit.Tests.Pools;

public sealed class RecyclePolicyTests
{
    [Fact]
    public async Task Policy_that_says_why_has_the_worker_replaced_with_its_words()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static options =>
        {
            options.Recycle.MinLifetime = TimeSpan.Zero;
            options.Recycle.AddPolicy(new Policy(static worker => worker.Requests == 2 ? "two are enough" : null));
        });

        await fixture.AddAsync();
        await fixture.AddAsync();
        WorkerRecycledEvent recycled = await fixture.NextRecycledEventAsync();

        Assert.Equal((RecycleReason.Custom, "two are enough"), (recycled.Reason, recycled.Detail));
    }

    [Fact]
    public async Task Policy_that_throws_is_told_once_and_not_asked_again()
    {
        int asked = 0;
        var others = Channel.CreateUnbounded<RecycleCandidate>();
        await using PoolFixture fixture = await PoolFixture.StartAsync(options =>
        {
            options.Recycle.AddPolicy(new Policy(_ =>
            {
                Interlocked.Increment(ref asked);
                throw new InvalidOperationException("no opinion");
            }));
            options.Recycle.AddPolicy(new Policy(worker =>
            {
                others.Writer.TryWrite(worker);
                return null;
            }));
        });

        await fixture.AddAsync();
        await others.Reader.ReadAsync(TestContext.Current.CancellationToken);
        await fixture.AddAsync();
        await others.Reader.ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, Volatile.Read(ref asked));
        Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "PolicyFailed");
    }

    [Fact]
    public async Task Policy_that_blocks_holds_up_neither_calls_nor_the_thread_pool_nor_the_end()
    {
        const int Workers = 16;
        using var release = new ManualResetEventSlim();
        var askers = new ConcurrentQueue<Thread>();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await using PoolFixture fixture = await PoolFixture.StartAsync(options =>
            {
                options.Size = Workers;
                options.Recycle.AddPolicy(new Policy(_ =>
                {
                    askers.Enqueue(Thread.CurrentThread);
                    asked.TrySetResult();
                    release.Wait();
                    return null;
                }));
            });

            Task<int>[] calls = [.. Enumerable.Range(0, Workers).Select(_ => fixture.Begin())]; // one for every worker
            for (int i = 0; i < Workers; i++)
            {
                fixture.NextSlow().Return(i);
            }
            await Task.WhenAll(calls);
            await asked.Task;
            Assert.Equal(42, await fixture.AddAsync());
            await fixture.StopAsync();

            Assert.False(Assert.Single(askers).IsThreadPoolThread);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task Policy_that_blocks_is_told_once()
    {
        using var release = new ManualResetEventSlim();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await using PoolFixture fixture = await PoolFixture.StartAsync(options => options.Recycle.AddPolicy(new Policy(_ =>
            {
                asked.TrySetResult();
                release.Wait();
                return null;
            })));
            await fixture.AddAsync();
            await asked.Task;

            fixture.Time.Advance(TimeSpan.FromSeconds(9));
            await fixture.AddAsync();
            Assert.DoesNotContain(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "PolicyBlocks");
            fixture.Time.Advance(TimeSpan.FromSeconds(2));
            await fixture.AddAsync();
            await fixture.AddAsync();

            await fixture.StopAsync(); // by then the work after a reply is done
            Assert.Contains(
                nameof(Policy),
                Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Id.Name == "PolicyBlocks").Message,
                StringComparison.Ordinal);
        }
        finally
        {
            release.Set();
        }
    }

    private sealed class Policy(Func<RecycleCandidate, string?> judge) : IRecyclePolicy
    {
        public RecycleDecision Evaluate(in RecycleCandidate worker) =>
            judge(worker) is { } reason ? RecycleDecision.Recycle(reason) : RecycleDecision.Keep;
    }
}
