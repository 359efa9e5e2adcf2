using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Pools;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Tests.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>
/// A listener of the meter that blocks for ever delays nothing but measurements, and the caller whose call it is measuring.
/// </summary>
public sealed class SlowMeterTests : IAsyncLifetime
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeWorkers _workers = new FakeWorkers().Add("add", static request => request.Get<int>("a") + request.Get<int>("b"));
    private readonly IMeterFactory _meters;
    private SnakepitRuntime? _runtime;

    public SlowMeterTests() => _meters = _services.GetRequiredService<IMeterFactory>();

    private IWorkerPool Other => _runtime!.GetPool("other");

    public async ValueTask InitializeAsync()
    {
        _runtime = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.MeterFactory = _meters;
                s.UseFakeWorkers(_workers);
                s.AddPool("text", static p => p.Size = 1);
                s.AddPool("other", static p => p.Size = 1);
            },
            TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _runtime!.DisposeAsync();
        await _services.DisposeAsync();
    }

    [Theory]
    [InlineData(TelemetryNames.WorkerCrashed)]
    [InlineData(TelemetryNames.WorkerRecycled)]
    [InlineData(TelemetryNames.WorkerUptime)]
    [InlineData(TelemetryNames.WorkerStartDuration)]
    public async Task Calls_crashes_recycles_and_the_end_do_not_wait_for_it(string instrument)
    {
        using BlockingListener listener = new(_meters, instrument);
        FakeWorker first = _workers.Get("text", 0);
        first.Crash();
        await listener.Blocked;
        Assert.True(first.Exited.IsCompletedSuccessfully); // on this thread, which did not block

        FakeWorker crashed = _workers.Get("other", 0);
        crashed.Crash();
        Assert.True(crashed.Exited.IsCompletedSuccessfully);
        await Other.WaitUntilReadyAsync(1, TestContext.Current.CancellationToken);
        Assert.Equal(42, await AddAsync());
        RecycleReport report = await Other.RecycleAsync(null, TestContext.Current.CancellationToken);
        Assert.True(report.AllReplaced);
        await _runtime!.DisposeAsync(); // ends in bounded time

        Assert.Equal(0, listener.Told);
        listener.Open();
        await _runtime.Measured;
        Assert.True(listener.Told > 1);
    }

    [Theory]
    [InlineData(TelemetryNames.CallDuration)]
    public async Task Only_the_caller_waits_for_what_blocks_at_the_end_of_its_call(string instrument)
    {
        using BlockingListener listener = new(_meters, instrument);
        HeldTool held = _workers.Hold("held");
        Task<int> lost = Other.ExecuteAsync<int>("held", default, null, CancellationToken.None).AsTask();

        (await held.NextAsync(TestContext.Current.CancellationToken)).Request.Worker.Crash(); // ends the call, on this thread
        await listener.Blocked;
        await Other.WaitUntilReadyAsync(1, TestContext.Current.CancellationToken);

        Assert.Equal(1, Other.GetSnapshot().Ready);
        Assert.False(lost.IsCompleted);
        listener.Open();
        await Assert.ThrowsAsync<WorkerLostException>(() => lost);
        Assert.Equal(42, await AddAsync());
    }

    private async Task<int> AddAsync() =>
        await Other.ExecuteAsync<int>(
            "add", ToolArguments.Named(("a", 40), ("b", 2)), cancellationToken: TestContext.Current.CancellationToken);
}
