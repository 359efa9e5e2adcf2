using Snakepit.Frames;
using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools;

/// <summary>The memory that a call costs the host. The tests run alone, because allocations are counted for the whole process.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
[Trait("Rule", "A7")]
public sealed class AllocationTests
{
    private const int Bar = 768;
    private const int Calls = 5_000;
    private static readonly byte[] s_answer = "42"u8.ToArray();
    private static readonly ToolArguments s_arguments = ToolArguments.Named(("a", 40), ("b", 2));

    [Fact]
    public async Task A_call_allocates_no_more_than_the_bar_from_end_to_end()
    {
        RawWorkers workers = Answering();
        PoolFixture fixture = await PoolFixture.StartAsync(null, workers);

        long bytes = await MeasureAsync(() => fixture.Pool.ExecuteAsync<int>("add", s_arguments, null, CancellationToken.None));

        Assert.True(bytes <= Bar, $"A call allocates {bytes} bytes; the bar is {Bar}.");
        TestContext.Current.TestOutputHelper!.WriteLine($"A call allocates {bytes} bytes.");
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task A_call_that_can_be_cancelled_allocates_no_more_than_the_bar()
    {
        RawWorkers workers = Answering();
        PoolFixture fixture = await PoolFixture.StartAsync(null, workers);
        using var source = new CancellationTokenSource();

        long bytes = await MeasureAsync(() => fixture.Pool.ExecuteAsync<int>("add", s_arguments, null, source.Token));

        Assert.True(bytes <= Bar, $"A call with a token allocates {bytes} bytes; the bar is {Bar}.");
        await fixture.StopRawAsync(workers);
    }

    [Fact]
    public async Task Recycling_keeps_nothing()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        for (int i = 0; i < 3_000; i++) // until the pool's trace has its full length
        {
            await fixture.RecycleAsync();
        }
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < 2_000; i++)
        {
            await fixture.RecycleAsync();
        }
        fixture.Logs.Clear();

        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.True(kept < 2_000 * 16, $"2,000 replacements kept {kept} bytes.");
    }

    /// <summary>Creates a worker that answers on another thread, as a reader does.</summary>
    private static RawWorkers Answering() => new()
    {
        Made = static worker => worker.Posted = command =>
        {
            if (command.Kind == EffectKind.Send)
            {
                ThreadPool.UnsafeQueueUserWorkItem(
                    static told => told.Worker.Events.OnReply(told.Call, ReplyKind.Result, ReplyBody.Copy(s_answer), -1),
                    (Worker: worker, command.Call),
                    preferLocal: false);
            }
        },
    };

    /// <summary>Returns the smallest of several measurements; other activity of the process only ever adds.</summary>
    private static async Task<long> MeasureAsync(Func<ValueTask<int>> call)
    {
        long least = long.MaxValue;
        for (int round = 0; round < 6; round++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            for (int i = 0; i < Calls; i++)
            {
                if (await call() != 42)
                {
                    throw new InvalidOperationException("A wrong answer.");
                }
            }
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Calls);
        }
        return least;
    }
}
