using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Tests.Pools;

namespace Snakepit.Tests.Streams;

/// <summary>Tests what the meter tells of streams.</summary>
public sealed class StreamTelemetryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_tells_its_items_bytes_and_times_once_at_its_end()
    {
        var rest = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(prepare: workers =>
            workers.Add("count", request => CountAsync(request.Get<int>("to"), rest.Task)));
        using MetricCollector<long> items = Collect<long>(fixture, TelemetryNames.StreamItems);
        using MetricCollector<long> bytes = Collect<long>(fixture, TelemetryNames.StreamBytes);
        using MetricCollector<double> duration = Collect<double>(fixture, TelemetryNames.StreamDuration);
        using MetricCollector<double> first = Collect<double>(fixture, TelemetryNames.StreamFirstItem);

        IAsyncEnumerable<int> stream = fixture.Face.StreamAsync<int>("count", ToolArguments.Named(("to", 3)), null, Cancellation);
        await foreach (int item in stream)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(item == 0 ? 2 : 0));
            rest.TrySetResult();
        }
        await fixture.AddAsync(); // a call is no stream
        await fixture.Measured;

        Assert.Equal([3], Values(items));
        Assert.Equal([3], Values(bytes)); // 0, 1 and 2 as json
        Assert.Equal([2.0], Values(duration));
        Assert.Equal([0.0], Values(first));
        Assert.Equal("text", items.LastMeasurement!.Tags["pool"]);
    }

    private static MetricCollector<T> Collect<T>(PoolFixture fixture, string instrument)
        where T : struct => new(fixture.Meters, TelemetryNames.Meter, instrument);

    private static IEnumerable<T> Values<T>(MetricCollector<T> collector)
        where T : struct => collector.GetMeasurementSnapshot().Select(static one => one.Value);

    private static async IAsyncEnumerable<int> CountAsync(int to, Task rest)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
            await rest;
        }
    }
}
