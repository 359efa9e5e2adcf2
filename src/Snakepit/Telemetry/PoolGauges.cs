namespace Snakepit.Telemetry;

/// <summary>The values of a pool's gauges at a reading. They do not include ended workers.</summary>
internal readonly record struct PoolGauges(
    int QueueLength, int Launching, int Booting, int Ready, int Serving, int Draining, int Stopping, int NearTtl = 0,
    int NearMaxRequests = 0, IReadOnlyList<SlotGauge>? Slots = null, int Exhausted = 0, int Overdue = 0, long Overshoot = 0,
    int WaitingForRoom = 0, int Sessions = 0, PoolBudget? Budget = null, int Size = 0);

/// <summary>
/// The gauges of a slot: memory and threads of the worker that serves there, and the processor time of all workers that it has had.
/// </summary>
internal readonly record struct SlotGauge(int Slot, long Memory, TimeSpan CpuTime, int Threads);
