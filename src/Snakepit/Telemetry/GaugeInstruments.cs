using System.Collections.Immutable;
using System.Diagnostics.Metrics;

namespace Snakepit.Telemetry;

/// <summary>The instruments that are read when a listener asks: the present state of each pool. Owns the list of pools.</summary>
internal sealed class GaugeInstruments
{
    private ImmutableArray<PoolMetrics> _pools = [];

    public GaugeInstruments(Meter meter)
    {
        meter.CreateObservableGauge(TelemetryNames.QueueLength, ReadQueues, "{call}", "Calls that wait for a worker.");
        meter.CreateObservableGauge(
            TelemetryNames.WaitingForRoom, () => Read(static pool => pool.ReadWaitingForRoom()), "{call}",
            "Calls that wait until the queue has room.");
        meter.CreateObservableGauge(
            TelemetryNames.SessionCount, () => Read(static pool => pool.ReadSessions()), "{session}", "Sessions that there are.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerCount, () => Read(static pool => pool.ReadWorkers()), "{worker}", "Worker processes, by state.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerNearTtl, () => Read(static pool => pool.ReadNearTtl()), "{worker}",
            "Workers past nine tenths of their time.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerNearMaxRequests, () => Read(static pool => pool.ReadNearMaxRequests()), "{worker}",
            "Workers past nine tenths of their calls.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerOverdue, () => Read(static pool => pool.ReadOverdue()), "{worker}",
            "Workers that are due to be replaced and serve on.");
        meter.CreateObservableCounter(
            TelemetryNames.WorkerOvershoot, () => Read(static pool => pool.ReadOvershoot()), "{call}",
            "Calls that workers began beyond Recycle.MaxRequests.");
        meter.CreateObservableGauge(
            TelemetryNames.PoolSize, () => Read(static pool => pool.ReadSize()), "{worker}", "Workers that a pool is to have.");
        meter.CreateObservableGauge(
            TelemetryNames.BudgetReserved, () => Read(static pool => pool.ReadBudgetReserved()), "By",
            "Memory of the MemoryBudget that the pool's workers have or that is kept for them.");
        meter.CreateObservableGauge(
            TelemetryNames.BudgetMemoryWaiting, () => Read(static pool => pool.ReadBudgetMemoryWaiting()), "{worker}",
            "Workers that the MemoryBudget has no room for.");
        meter.CreateObservableGauge(
            TelemetryNames.BudgetReplacementWaiting, () => Read(static pool => pool.ReadBudgetReplacementWaiting()), "{worker}",
            "Workers that are to be replaced and wait for the turn of their pool.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerMemory, () => Read(static pool => pool.ReadMemory()), "By",
            "Private memory of the worker that serves in a slot.");
        meter.CreateObservableGauge(
            TelemetryNames.WorkerCpuTime, () => Read(static pool => pool.ReadCpuTime()), "s",
            "Processor time of the worker that serves in a slot.");
    }

    public void Add(PoolMetrics pool) => ImmutableInterlocked.Update(ref _pools, static (pools, added) => pools.Add(added), pool);

    public void Remove(PoolMetrics pool) => ImmutableInterlocked.Update(ref _pools, static (pools, removed) => pools.Remove(removed), pool);

    public void Clear() => _pools = [];

    private IEnumerable<Measurement<int>> ReadQueues()
    {
        foreach (PoolMetrics pool in _pools)
        {
            yield return pool.ReadQueue();
        }
    }

    private IEnumerable<Measurement<T>> Read<T>(Func<PoolMetrics, IEnumerable<Measurement<T>>> read)
        where T : struct => _pools.SelectMany(read);
}
