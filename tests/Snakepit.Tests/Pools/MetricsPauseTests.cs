using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Snakepit.Tests.Pools;

/// <summary>The time for which a collection of metrics holds the lock of a large pool.</summary>
public sealed class MetricsPauseTests
{
    private const int Workers = 250;
    private const int Waiting = 10_000;

    [Fact]
    public async Task Collection_takes_no_longer_for_calls_that_wait()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => (p.Size, p.Queue.Limit) = (Workers, Waiting));
        await fixture.ReadyAsync(Workers);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == fixture.Meters && instrument.IsObservable)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.Start();
        for (int i = 0; i < Workers; i++)
        {
            _ = fixture.Begin();
        }
        TimeSpan without = Collect(listener);
        for (int i = 0; i < Waiting; i++)
        {
            _ = fixture.Begin();
        }

        TimeSpan with = Collect(listener);

        Assert.Equal((Workers, Waiting), (fixture.Now.Running, fixture.Now.QueueLength));
        TestContext.Current.SendDiagnosticMessage(
            $"{Workers} workers: {without.TotalMicroseconds:0} us; with {Waiting} calls that wait: {with.TotalMicroseconds:0} us");
        Assert.True(with < 2 * without, $"A collection took {with} with {Waiting} calls that wait, and {without} without.");
    }

    /// <summary>Returns the shortest of many measurements; other processes only ever add.</summary>
    private static TimeSpan Collect(MeterListener listener) => Enumerable.Range(0, 200).Min(_ =>
    {
        long begin = Stopwatch.GetTimestamp();
        listener.RecordObservableInstruments();
        return Stopwatch.GetElapsedTime(begin);
    });
}
