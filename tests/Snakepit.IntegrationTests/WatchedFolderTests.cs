using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests pools whose adapters are in one folder, which each of them watches.</summary>
public sealed class WatchedFolderTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Edit_of_one_adapter_replaces_the_workers_of_its_pool_and_of_those_that_import_it()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Write(folder["words.py"], "def version(): return 1");
        Write(folder["stats.py"], "def version(): return 1");
        Write(folder["report.py"], "import stats\n\ndef version(): return stats.version()");
        Rig rig = Own(Rig.Create((builder, mark) => Array.ForEach(["words", "stats", "report"], name => builder.AddPool(name, pool =>
        {
            mark(pool);
            (pool.Adapter, pool.Size, pool.WatchAdapter, pool.Restart.Jitter) = (folder[name + ".py"], 1, true, 0);
        }))));
        await rig.StartAsync();

        // Each edit changes the size: Python takes a file of the same size and second for the one that it has compiled.
        Write(folder["stats.py"], "def version(): return 20");
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Pool == "stats");
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Pool == "report");
        Assert.Equal(20, await rig.Runtime.GetPool("report").ExecuteAsync<int>("version", cancellationToken: Cancellation));
        Write(folder["words.py"], "def version(): return 300");
        await rig.NextAsync<WorkerRecycledEvent>(static recycled => recycled.Pool == "words");

        Assert.Equal(300, await rig.Runtime.GetPool("words").ExecuteAsync<int>("version", cancellationToken: Cancellation));
        Assert.Equal(
            ["report", "stats", "words"],
            rig.Log.All.Where(static entry => entry.Id.Id == EventIds.CodeChanged)
                .Select(static entry => entry.Text.Split(' ')[1].TrimEnd(':')).Order(StringComparer.Ordinal));
    }

    private static void Write(string file, string code) => File.WriteAllText(file, code + "\n");
}
