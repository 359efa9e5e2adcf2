namespace Snakepit.Tests.Pools;

/// <summary>The snippets of docs/worker-profiles.md.</summary>
public sealed class ThreadProfileSnippets
{
    [Fact]
    public async Task Snippets_run()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(Configure);

        Assert.All(fixture.Now.Workers, static worker => Assert.Equal((16, 1_000), (worker.Capacity, worker.EffectiveMaxRequests)));
        Assert.Equal(4, fixture.Now.Workers.Count);
    }

    [Fact]
    public async Task Snippet_of_async_tools_runs()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(ConfigureAsync);

        Assert.Equal(1_000, Assert.Single(fixture.Now.Workers).Capacity);
    }

    private static void ConfigureAsync(PoolOptions pool)
    {
        // snippet: async
        pool.Profile = WorkerProfile.Thread;
        pool.Size = 1;
        pool.AsyncCallsPerWorker = 1_000;               // as many awaits at once in one process
        // end snippet
    }

    private static void Configure(PoolOptions pool)
    {
        // snippet: pool
        pool.Profile = WorkerProfile.Thread;
        pool.Size = 4;
        pool.ThreadsPerWorker = 16;                     // 64 calls at once
        pool.Recycle.MaxRequests = 1_000;               // calls of all threads of a worker
        // end snippet
    }
}
