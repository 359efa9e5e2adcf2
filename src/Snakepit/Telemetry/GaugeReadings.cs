using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>
/// Reads the gauges of a pool. All instruments of a collection share one reading; an instrument that asks for the second time begins the
/// next collection. Slots that have been reported once stay, and their processor time never falls.
/// </summary>
internal sealed class GaugeReadings(Func<PoolGauges> read)
{
    private static readonly TimeSpan s_collection = TimeSpan.FromSeconds(1); // longer than a collection takes

    private readonly Lock _gate = new();
    private readonly HashSet<InstrumentSpec> _readFor = new(ReferenceEqualityComparer.Instance);
    private readonly SortedDictionary<int, SlotGauge> _slots = [];
    private PoolGauges _pool;
    private SlotGauge[] _last = [];
    private long _readAt;

    /// <summary>Reads for one instrument.</summary>
    public (PoolGauges Pool, IReadOnlyList<SlotGauge> Slots) Read(InstrumentSpec instrument)
    {
        lock (_gate)
        {
            if (_readFor.Contains(instrument) || _readFor.Count == 0 || Stopwatch.GetElapsedTime(_readAt) > s_collection)
            {
                _readFor.Clear();
                _pool = read();
                _last = Merge_NeedsLock(_pool.Slots ?? []);
                _readAt = Stopwatch.GetTimestamp();
            }
            _readFor.Add(instrument);
            return (_pool, _last);
        }
    }

    private SlotGauge[] Merge_NeedsLock(IReadOnlyList<SlotGauge> now)
    {
        foreach (int slot in _slots.Keys.ToArray())
        {
            _slots[slot] = new SlotGauge(slot, 0, _slots[slot].CpuTime, 0);
        }
        foreach (SlotGauge slot in now)
        {
            TimeSpan before = _slots.GetValueOrDefault(slot.Slot).CpuTime; // a reading may lack a worker whose pool has failed
            _slots[slot.Slot] = slot with { CpuTime = slot.CpuTime > before ? slot.CpuTime : before };
        }
        return [.. _slots.Values];
    }
}
