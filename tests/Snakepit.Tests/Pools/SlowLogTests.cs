using Snakepit.Pools;
using Snakepit.Testing;
using Snakepit.Tests.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>A log provider that blocks for ever delays nothing but the log.</summary>
public sealed class SlowLogTests : IDisposable
{
    private readonly BlockedLogger _provider = new();
    private readonly FakeWorkers _workers = new FakeWorkers().Add("add", static request => request.Get<int>("a") + request.Get<int>("b"));

    public void Dispose() => _provider.Dispose();

    [Fact]
    public async Task Calls_crashes_recycles_and_the_end_do_not_wait_for_it()
    {
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.LoggerFactory = _provider;
                s.UseFakeWorkers(_workers);
                s.AddPool("prints", static p => p.Size = 1);
                s.AddPool("other", static p => p.Size = 1);
            },
            TestContext.Current.CancellationToken);
        IWorkerPool other = runtime.GetPool("other");
        _provider.Block();
        _workers.Get("prints", 0).WriteLine("a line");
        await _provider.Blocked.Task;

        FakeWorker crashed = _workers.Get("other", 0);
        crashed.Crash();
        Assert.True(crashed.Exited.IsCompletedSuccessfully); // on this thread, which did not block
        await other.WaitUntilReadyAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(42, await other.ExecuteAsync<int>(
            "add", ToolArguments.Named(("a", 40), ("b", 2)), cancellationToken: TestContext.Current.CancellationToken));
        RecycleReport report = await other.RecycleAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(report.AllReplaced);

        await ((PoolHandle)other).Pool.StopAsync(TestContext.Current.CancellationToken);
        await runtime.DisposeAsync(); // ends in bounded time
        Assert.DoesNotContain("a line", string.Concat(_provider.Lines), StringComparison.Ordinal);
        _provider.Open();
        await runtime.Logged;
        Assert.Contains("a line", string.Concat(_provider.Lines), StringComparison.Ordinal);
    }
}
