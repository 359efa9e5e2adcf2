namespace Snakepit.Telemetry;

/// <summary>What a pool tells when its gauges are read. Exited workers are not counted anywhere.</summary>
internal readonly record struct PoolGauges(
    int QueueLength, int Launching, int Booting, int Ready, int Serving, int Draining, int Stopping, int NearTtl = 0,
    int NearMaxRequests = 0, IReadOnlyList<SlotGauge>? Slots = null, int Exhausted = 0, int Overdue = 0, long Overshoot = 0, int WaitingForRoom = 0);

/// <summary>The worker that serves in a slot.</summary>
internal readonly record struct SlotGauge(int Slot, long Memory, TimeSpan CpuTime);
