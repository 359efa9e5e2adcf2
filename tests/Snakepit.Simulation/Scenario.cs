using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A pool's settings and what goes wrong in its world. The unit of time is a millisecond.</summary>
internal sealed record Scenario(ulong Seed, PoolPlan Plan, SimFaults Faults)
{
    public static Scenario Create(ulong seed)
    {
        var random = SimRandom.For(seed, "scenario");
        int depth = random.Pick(0, 0, 1, 3, 16, 128);
        int size = 1 + random.Below(depth == 0 ? 8 : 3); // calls wait in channels when workers are few
        var plan = new PoolPlan
        {
            Size = size,
            MinReady = 1 + random.Below(size),
            Capacity = depth > 0 && random.Chance(900) ? 1 : random.Pick(1, 1, 1, 2, 4),
            MaxConcurrentStarts = 1 + random.Below(4),
            MaxConcurrentRecycles = 1 + random.Below(Math.Max(1, size / 2)),
            QueueLimit = random.Pick(0, 1, 3, 10, 50),
            MaxRequests = depth == 0 ? random.Pick(0, 0, 1, 2, 5, 50) : random.Pick(0, 0, 2, 5, 20, 50),
            MaxAttempts = 1 + random.Below(3),
            MaxDepth = depth,
            FastRun = SimTools.FastRun,
            CallOverhead = 1,
            MaxHeldWork = random.Pick<long>(40, 200, 1_000),
            MaxWaitingBytes = random.Pick(1_000, 32 * 1024),
            StallCheck = random.Pick<long>(5, 50),
            DrainQueueOnStop = random.Chance(500),
            Frequency = 1_000,
            QueueTimeout = random.Pick<long>(20, 500, 3_000),
            CancelGrace = random.Pick<long>(0, 50, 200),
            BootTimeout = random.Pick<long>(60, 300, 1_000),
            DrainTimeout = random.Pick<long>(0, 100, 1_000),
            StopTimeout = random.Pick<long>(50, 500, 2_000),
            KillTimeout = random.Pick<long>(20, 100, 500),
            InitialBackoff = random.Pick<long>(1, 20, 100),
            MaxBackoff = random.Pick<long>(100, 1_000, 5_000),
            Jitter = random.Pick(0, 0.2, 1),
        };
        SimFaults faults = random.Below(4) switch
        {
            0 => SimFaults.None,
            1 => SimFaults.All(),
            _ => SimFaults.Some(ref random),
        };
        return new Scenario(seed, plan, faults);
    }

    /// <summary>Where a defect shows.</summary>
    public Scenario For(PlantedBug? bug) => this with
    {
        Faults = bug is { Calm: true } ? SimFaults.None : Faults,
        Plan = bug is { Depth: { } depth } ? Plan with { MaxDepth = depth, Capacity = depth > 0 ? 1 : Plan.Capacity } : Plan,
    };
}
