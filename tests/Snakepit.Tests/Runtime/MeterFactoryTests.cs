using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Runtime;
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
}
