using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

public sealed class GaugeReadingsTests
{
    private readonly Queue<PoolGauges> _next = [];
    private readonly GaugeReadings _readings;

    public GaugeReadingsTests() => _readings = new GaugeReadings(_next.Dequeue);

    [Fact]
    public void Processor_time_of_a_slot_never_falls()
    {
        Assert.Equal([Slot(0, 10, 5, 2)], Read(Slot(0, 10, 5, 2)));
        Assert.Equal([Slot(0, 11, 5, 3)], Read(Slot(0, 11, 4, 3))); // the pool has lost sight of a worker
        Assert.Equal([Slot(0, 11, 7, 3)], Read(Slot(0, 11, 7, 3)));
    }

    [Fact]
    public void Slot_without_a_worker_stays_with_what_its_workers_have_used()
    {
        Read(Slot(0, 10, 5, 2), Slot(1, 20, 6, 1));

        Assert.Equal([Slot(0, 0, 5, 0), Slot(1, 21, 6, 1)], Read(Slot(1, 21, 6, 1)));
        Assert.Equal([Slot(0, 0, 5, 0), Slot(1, 0, 6, 0)], Read());
    }

    private static SlotGauge Slot(int number, long memory, int seconds, int threads) =>
        new(number, memory, TimeSpan.FromSeconds(seconds), threads);

    private IReadOnlyList<SlotGauge> Read(params SlotGauge[] slots)
    {
        _next.Enqueue(default(PoolGauges) with { Slots = slots });
        return _readings.Read(InstrumentTable.ProcessMemory).Slots;
    }
}
