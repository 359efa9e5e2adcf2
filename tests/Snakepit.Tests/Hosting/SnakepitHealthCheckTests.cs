using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Hosting;

public sealed class SnakepitHealthCheckTests
{
    private readonly FakeWorkers _workers = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ready_pools_are_healthy_and_told_from_memory()
    {
        await using ServiceProvider provider = Provider(static checks => checks.AddSnakepit());
        await StartAsync(provider, 2);

        HealthReportEntry entry = await CheckAsync(provider);

        Assert.Equal((HealthStatus.Healthy, "All 2 pools are ready."), (entry.Status, entry.Description));
        Assert.Equal(["one", "two"], entry.Data.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            new Dictionary<string, object>
            {
                ["state"] = "Ready",
                ["ready"] = 2,
                ["size"] = 2,
                ["running"] = 0,
                ["queueLength"] = 0,
                ["queueLimit"] = 1_000,
            },
            entry.Data["one"]);
        Assert.Equal(0, provider.GetRequiredService<ISnakepit>().GetStatistics().TotalRequests);
    }

    [Fact]
    public async Task Pools_that_were_not_started_or_have_stopped_are_unhealthy()
    {
        ServiceProvider provider = Provider(static checks => checks.AddSnakepit());
        HealthReportEntry before = await CheckAsync(provider);
        await StartAsync(provider, 2);
        await ((SnakepitRuntime)provider.GetRequiredService<ISnakepit>()).StopAsync(Cancellation);
        HealthReportEntry after = await CheckAsync(provider);
        await provider.DisposeAsync();

        Assert.Equal(HealthStatus.Unhealthy, before.Status);
        Assert.StartsWith("Pool 'one' is Starting: 0 of 2 workers serve.", before.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, after.Status);
        Assert.Contains("Pool 'two' is Stopped: 0 of 2 workers serve.", after.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded, HealthStatus.Degraded)]
    public async Task Failing_pool_is_told_with_its_reason_beside_the_others(HealthStatus? failureStatus, HealthStatus expected)
    {
        _workers.Boot = static worker =>
            worker.Id.Pool == "two" ? throw new FakeToolException("OSError", "no device\nand more") : Task.CompletedTask;
        await using ServiceProvider provider = Provider(checks => checks.AddSnakepit(failureStatus: failureStatus));
        await StartAsync(provider, 1);
        await provider.GetRequiredService<ISnakepit>().GetPool("one").WaitUntilReadyAsync(2, Cancellation);

        HealthReportEntry entry = await CheckAsync(provider);

        Assert.Equal(expected, entry.Status);
        Assert.StartsWith(
            "Pool 'two' is Failing: 0 of 2 workers serve. The last start failed: Worker two/", entry.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("and more", entry.Description, StringComparison.Ordinal);
        Assert.Equal("two", Assert.IsType<AdapterLoadException>(entry.Exception).Pool);
        Assert.Equal("Ready", ((Dictionary<string, object>)entry.Data["one"])["state"]);
        Assert.Contains("no device", (string)((Dictionary<string, object>)entry.Data["two"])["lastStartFailure"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pool_that_serves_with_too_few_workers_is_degraded()
    {
        var gate = new TaskCompletionSource();
        _workers.Boot = worker => worker.Id is { Pool: "two", Slot: 1 } ? gate.Task : Task.CompletedTask;
        await using ServiceProvider provider = Provider(static checks => checks.AddSnakepit());
        await StartAsync(provider, 1);
        await provider.GetRequiredService<ISnakepit>().GetPool("one").WaitUntilReadyAsync(2, Cancellation);

        HealthReportEntry entry = await CheckAsync(provider);
        gate.SetResult();
        await provider.GetRequiredService<ISnakepit>().GetPool("two").WaitUntilReadyAsync(2, Cancellation);

        Assert.Equal((HealthStatus.Degraded, "Pool 'two' is Degraded: 1 of 2 workers serve."), (entry.Status, entry.Description));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(provider)).Status);
    }

    [Fact]
    public async Task Pool_whose_breaker_is_open_is_degraded()
    {
        _workers.Add("die", static request => request.Worker.Crash());
        await using ServiceProvider provider = Provider(
            static checks => checks.AddSnakepit(pools: ["one"]), static p => (p.Breaker.FailureRatio, p.Breaker.MinimumCalls) = (0.5, 2));
        await StartAsync(provider, 2);
        IWorkerPool pool = provider.GetRequiredService<ISnakepit>().GetPool("one");
        for (int i = 0; i < 2; i++)
        {
            await Assert.ThrowsAsync<WorkerLostException>(async () => await pool.ExecuteAsync("die", default, null, Cancellation));
        }
        await pool.WaitUntilReadyAsync(1, Cancellation);

        HealthReportEntry entry = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Contains("Its circuit breaker refuses calls.", entry.Description, StringComparison.Ordinal);
        Assert.Equal("Open", ((Dictionary<string, object>)entry.Data["one"])["breaker"]);
    }

    [Fact]
    public async Task Check_of_some_pools_looks_at_no_others()
    {
        _workers.Boot = static worker => worker.Id.Pool == "two" ? throw new FakeToolException("OSError", "no device") : Task.CompletedTask;
        await using ServiceProvider provider = Provider(static checks => checks.AddSnakepit("front", tags: ["ready"], pools: ["one"]));
        await StartAsync(provider, 1);
        await provider.GetRequiredService<ISnakepit>().GetPool("one").WaitUntilReadyAsync(2, Cancellation);

        HealthReportEntry entry = await CheckAsync(provider, "front");

        Assert.Equal((HealthStatus.Healthy, "The pool is ready."), (entry.Status, entry.Description));
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal(["one"], entry.Data.Keys);
    }

    [Fact]
    public async Task Pool_that_is_named_twice_is_looked_at_once()
    {
        await using ServiceProvider provider = Provider(static checks => checks.AddSnakepit(pools: ["one", "ONE", "one"]));
        await StartAsync(provider, 2);

        HealthReportEntry entry = await CheckAsync(provider);

        Assert.Equal((HealthStatus.Healthy, "The pool is ready."), (entry.Status, entry.Description));
        Assert.Equal(["one"], entry.Data.Keys);
    }

    [Fact]
    public void Check_of_no_pool_is_refused() =>
        Assert.Equal(
            "pools",
            Assert.Throws<ArgumentException>(static () => new ServiceCollection().AddHealthChecks().AddSnakepit(pools: [])).ParamName);

    [Fact]
    public async Task Checks_at_the_same_time_agree_while_pools_start_and_stop()
    {
        ServiceProvider provider = Provider(static checks => checks.AddSnakepit());
        var runtime = (SnakepitRuntime)provider.GetRequiredService<ISnakepit>();
        Task[] checking = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                HealthReportEntry entry = await CheckAsync(provider);
                Assert.Equal(["one", "two"], entry.Data.Keys.Order(StringComparer.Ordinal));
                await Task.Yield();
            }
        }))];

        await runtime.StartAsync(Cancellation);
        await runtime.GetPool("one").WaitUntilReadyAsync(2, Cancellation);
        await runtime.StopAsync(Cancellation);

        await Task.WhenAll(checking);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(provider)).Status);
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task Check_of_a_pool_that_is_none_fails_and_names_the_near_one()
    {
        await using ServiceProvider provider = Provider(static checks => checks.AddSnakepit(pools: ["on"]));

        HealthReportEntry entry = await CheckAsync(provider);

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("Did you mean 'one'?", entry.Description, StringComparison.Ordinal);
    }

    private ServiceProvider Provider(Action<IHealthChecksBuilder> add, Action<PoolOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<TimeProvider>(new FakeTimeProvider());
        services.AddSnakepit().AddPool("one", Configure).AddPool("two", Configure).UseFakeWorkers(_workers);
        add(services.AddHealthChecks());
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });

        void Configure(PoolOptions pool)
        {
            (pool.Size, pool.MinReady, pool.Restart.Jitter) = (2, 2, 0);
            configure?.Invoke(pool);
        }
    }

    /// <summary>Starts as a host does, and waits until <paramref name="ready"/> workers of each pool that can start are ready.</summary>
    private static async Task StartAsync(ServiceProvider provider, int ready)
    {
        var runtime = (SnakepitRuntime)provider.GetRequiredService<ISnakepit>();
        await runtime.StartAsync(Cancellation);
        foreach (string pool in ready > 1 ? runtime.PoolNames : [])
        {
            await runtime.GetPool(pool).WaitUntilReadyAsync(ready, Cancellation);
        }
    }

    private static async Task<HealthReportEntry> CheckAsync(ServiceProvider provider, string name = "snakepit") =>
        (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancellation)).Entries[name];
}
