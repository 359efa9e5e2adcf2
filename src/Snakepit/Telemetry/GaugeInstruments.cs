using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments that are read when a listener asks: the present state of each pool. Owns the list of pools.</summary>
internal sealed class GaugeInstruments
{
    private ImmutableArray<PoolMetrics> _pools = [];

    public GaugeInstruments(Meter meter)
    {
        Observe<int>(meter, InstrumentTable.QueueLength, static now => now.QueueLength);
        Observe<int>(meter, InstrumentTable.WaitingForRoom, static now => now.WaitingForRoom);
        Observe<int>(meter, InstrumentTable.SessionCount, static now => now.Sessions);
        Observe<int>(meter, InstrumentTable.WorkerNearTtl, static now => now.NearTtl);
        Observe<int>(meter, InstrumentTable.WorkerNearMaxRequests, static now => now.NearMaxRequests);
        Observe<int>(meter, InstrumentTable.WorkerOverdue, static now => now.Overdue);
        Observe<long>(meter, InstrumentTable.WorkerOvershoot, static now => now.Overshoot);
        Observe<int>(meter, InstrumentTable.PoolSize, static now => now.Size);
        Observe<long>(meter, InstrumentTable.BudgetReserved, static now => now.Budget?.Reserved.Bytes);
        Observe<int>(meter, InstrumentTable.BudgetMemoryWaiting, static now => now.Budget?.WaitingForMemory);
        Observe<int>(meter, InstrumentTable.BudgetReplacementWaiting, static now => now.Budget?.WaitingToReplace);
        meter.Observe(InstrumentTable.WorkerCount, () => _pools.SelectMany(static pool => pool.ReadWorkers()));
        ObserveSlots<double>(meter, InstrumentTable.ProcessCpuTime, static slot => slot.CpuTime.TotalSeconds);
        ObserveSlots<long>(meter, InstrumentTable.ProcessMemory, static slot => slot.Memory);
        ObserveSlots<int>(meter, InstrumentTable.ProcessThreads, static slot => slot.Threads);
    }

    public void Add(PoolMetrics pool) => ImmutableInterlocked.Update(ref _pools, static (pools, added) => pools.Add(added), pool);

    public void Remove(PoolMetrics pool) => ImmutableInterlocked.Update(ref _pools, static (pools, removed) => pools.Remove(removed), pool);

    public void Clear() => _pools = [];

    /// <summary>Creates an instrument with one value per pool; null when a pool has none.</summary>
    private void Observe<T>(Meter meter, InstrumentSpec spec, Func<PoolGauges, T?> select)
        where T : struct => meter.Observe(spec, () => _pools.SelectMany(pool => pool.Read(spec, select)));

    /// <summary>Creates an instrument with one value per slot.</summary>
    private void ObserveSlots<T>(Meter meter, InstrumentSpec spec, Func<SlotGauge, T> select)
        where T : struct => meter.Observe(spec, () => _pools.SelectMany(pool => pool.ReadSlots(spec, select)));
}
