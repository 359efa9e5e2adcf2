using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Runtime;
using Snakepit.Telemetry;
using Snakepit.Testing;

namespace Snakepit.Tests.Runtime;

public sealed class MeterFactoryTests
{
    [Fact]
    public async Task AddSnakepit_records_on_the_meter_of_the_containers_factory()
    {
        var services = new ServiceCollection();
        services.AddMetrics();
        services.AddSnakepit().UseFakeWorkers(new FakeWorkers().Add("one", static _ => 1)).AddPool("text", static p => p.Size = 1);
        await using ServiceProvider provider = services.BuildServiceProvider();
        using var calls = new MetricCollector<double>(
            provider.GetRequiredService<IMeterFactory>(), "Snakepit", "rpc.client.call.duration");
        ISnakepit snakepit = provider.GetRequiredService<ISnakepit>();

        await ((IRuntimeLifetime)snakepit).StartAsync(TestContext.Current.CancellationToken);
        await snakepit.ExecuteAsync<int>("one", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("ok", Assert.Single(calls.GetMeasurementSnapshot()).Tags["outcome"]);
    }

    /// <summary>Otherwise an alert on the increase of a counter misses the first event.</summary>
    [Fact]
    public async Task Counters_of_rare_events_begin_at_zero_for_who_listens_from_the_start()
    {
        await using ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = meters.GetRequiredService<IMeterFactory>();
        using var recycled = new MetricCollector<long>(factory, "Snakepit", TelemetryNames.WorkerRecycled);
        using var failed = new MetricCollector<long>(factory, "Snakepit", TelemetryNames.HealthCheckFailed);
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.MeterFactory = factory;
                s.UseFakeWorkers(new FakeWorkers().Add("one", static _ => 1)).AddPool("text", static p => p.Size = 1);
            },
            TestContext.Current.CancellationToken);
        await runtime.Measured;

        Assert.Equal(
            Enum.GetValues<RecycleReason>().Select(TelemetryNames.Of),
            recycled.GetMeasurementSnapshot().Select(static one => one.Tags["reason"]));
        Assert.All(recycled.GetMeasurementSnapshot().Concat(failed.GetMeasurementSnapshot()), static one => Assert.Equal(0, one.Value));
        Assert.Single(failed.GetMeasurementSnapshot());
    }

    /// <summary>A web application may start its pools before its exporter.</summary>
    [Fact]
    public async Task Counters_of_rare_events_begin_at_zero_for_who_listens_later_too()
    {
        await using ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = meters.GetRequiredService<IMeterFactory>();
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.MeterFactory = factory;
                s.UseFakeWorkers(new FakeWorkers().Add("one", static _ => 1)).AddPool("text", static p => p.Size = 1);
            },
            TestContext.Current.CancellationToken);
        using var recycled = new MetricCollector<long>(factory, "Snakepit", TelemetryNames.WorkerRecycled);
        using var workers = new MetricCollector<int>(factory, "Snakepit", TelemetryNames.WorkerCount);

        workers.RecordObservableInstruments();
        workers.RecordObservableInstruments(); // once is enough
        await runtime.Measured;

        Assert.Equal(Enum.GetValues<RecycleReason>().Length, recycled.GetMeasurementSnapshot().Count);
        Assert.All(recycled.GetMeasurementSnapshot(), static one => Assert.Equal(0, one.Value));
    }
}
