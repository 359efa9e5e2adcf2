using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests pools that share memory, and a pool whose size follows its load, with real workers.</summary>
[Trait("Rule", "L9")]
public sealed class ScalingTests : IntegrationTest
{
    private const int Model = 96; // MiB
    private const string Adapter = "model = b'\\x01' * (96 << 20)\n\ndef answer():\n    return len(model) >> 20\n";

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L7")]
    public async Task Two_large_models_are_replaced_without_a_third_beside_them()
    {
        string file = Own(new TemporaryFolder()).Write("large.py", Adapter);
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.MemoryBudget = MemorySize.FromMiB((int)(Model * 2.6));
            foreach (string name in (string[])["embed", "rerank"])
            {
                builder.AddPool(name, pool =>
                {
                    mark(pool);
                    (pool.Adapter, pool.Size) = (file, 1);
                });
            }
        }));
        await rig.StartAsync();
        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.BudgetIsTight);

        RecycleReport[] reports = await Task.WhenAll(
            rig.Runtime.PoolNames.Select(name => rig.Runtime.GetPool(name).RecycleAsync(cancellationToken: Cancellation)));

        Assert.All(reports, static report => Assert.True(report.AllReplaced, report.ToString()));
        foreach (string name in rig.Runtime.PoolNames)
        {
            Assert.Equal(Model, await rig.Runtime.GetPool(name).ExecuteAsync<int>("answer", cancellationToken: Cancellation));
        }
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Replacement is null); // it stopped first
        BudgetSnapshot budget = rig.Runtime.GetBudget();
        Assert.All(budget.Pools, static pool => Assert.InRange(pool.ExpectedFootprint.Bytes >> 20, Model, 2 * Model));
        Assert.InRange(budget.Reserved.Bytes, 2L * Model << 20, budget.MemoryBudget!.Value.Bytes);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "S2")]
    [Trait(TransportMode.Trait, TransportMode.Native)]
    public async Task A_model_that_workers_share_counts_once_as_their_zygotes()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        folder.Write("weights.py", $"model = b'\\x01' * ({Model} << 20)\n");
        string file = folder.Write("large.py", "import weights\n\ndef answer():\n    return len(weights.model) >> 20\n");
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.MemoryBudget = MemorySize.FromMiB(2 * Model);
            builder.AddPool("it", pool =>
            {
                mark(pool);
                (pool.Adapter, pool.Size, pool.Start.Method) = (file, 2, StartMethod.Zygote);
            });
        }));
        await rig.StartAsync();
        await rig.Pool.WaitUntilReadyAsync(cancellationToken: Cancellation);

        PoolBudget budget = Assert.Single(rig.Runtime.GetBudget().Pools);

        Assert.InRange(budget.Zygotes.Bytes >> 20, Model, 2 * Model);
        Assert.InRange(budget.Used.Bytes, budget.Zygotes.Bytes, 2L * Model << 20); // the workers have none of it for themselves
        Assert.Equal(Model, await rig.CallAsync<int>("answer"));
        Assert.Contains("by zygotes)", budget.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task A_pool_grows_when_calls_wait_and_shrinks_when_they_are_over()
    {
        Gate gate = NewGate();
        Rig rig = await StartAsync(configure: static pool =>
        {
            (pool.MinSize, pool.MaxSize) = (1, 3);
            pool.Scale.Patience = TimeSpan.FromSeconds(1);
        });

        Task<string>[] calls = [rig.CallAsync<string>("hold", gate.Path, "a"), rig.CallAsync<string>("hold", gate.Path, "b")];
        PoolScaledEvent grown = await rig.NextAsync<PoolScaledEvent>();
        Assert.Equal((1, ScaleReason.QueueDelay), (grown.From, grown.Reason));
        await rig.BegunAsync("b");
        gate.Release(2);
        await Task.WhenAll(calls);

        PoolScaledEvent shrunk = await rig.NextAsync<PoolScaledEvent>(static scaled => scaled.Reason == ScaleReason.Idle);
        Assert.InRange(shrunk.To, 1, 2);
        WorkerRecycledEvent gone = await rig.NextAsync<WorkerRecycledEvent>();
        Assert.Equal((RecycleReason.Resized, 0), (gone.Reason, gone.FailedCalls));
        await rig.AssertServesAsync();
    }
}
