using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A pool's settings and the faults of its world. The unit of time is a millisecond.</summary>
/// <param name="Seed">The seed of everything random in it.</param>
/// <param name="Plan">The settings.</param>
/// <param name="Faults">The faults.</param>
/// <param name="IsLively">True when workers reach limits, and the size, the code and the machine's memory change.</param>
/// <param name="Binds">True when some calls are for one certain worker.</param>
/// <param name="HasSessions">True when many calls are calls of sessions.</param>
internal sealed record Scenario(ulong Seed, PoolPlan Plan, SimFaults Faults, bool IsLively, bool Binds, bool HasSessions)
{
    public static Scenario Create(ulong seed)
    {
        var random = SimRandom.For(seed, "scenario");
        int depth = random.Pick(0, 0, 1, 3, 16, 128);
        int size = 1 + random.Below(depth == 0 ? 8 : 3); // calls wait in channels only when there are few workers
        var plan = new PoolPlan
        {
            Size = size,
            MinReady = 1 + random.Below(size),
            Capacity = depth > 0 && random.Chance(900) ? 1 : random.Pick(1, 1, 1, 2, 4),
            MaxConcurrentStarts = 1 + random.Below(8),
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
        faults = SimRandom.For(seed, "slots").Chance(100) ? SimFaults.OfSlots : faults;
        var admission = SimRandom.For(seed, "admission");
        plan = admission.Chance(300) ? plan : Restrict(plan, ref admission);
        var restarts = SimRandom.For(seed, "restarts");
        plan = plan with
        {
            RestartWindow = restarts.Pick<long>(500, 5_000),
            QuarantineAfter = restarts.Pick(0, 1, 2, 3),
            QuarantineTime = restarts.Pick<long>(100, 2_000),
        };
        var taints = SimRandom.For(seed, "taints");
        plan = plan with { TaintTime = taints.Pick<long>(0, 0, 50, 500, 3_000) };
        var strict = SimRandom.For(seed, "strict");
        plan = plan with { StrictMaxRequests = strict.Chance(400) };
        var life = SimRandom.For(seed, "life");
        plan = life.Chance(300) ? plan : Enliven(plan, ref life);
        var sessions = SimRandom.For(seed, "sessions");
        plan = plan with
        {
            SessionTtl = sessions.Pick<long>(60, 400, 3_000, long.MaxValue / 4),
            MaxSessions = sessions.Pick(2, 5, 1_000),
        };
        var scale = SimRandom.For(seed, "scale");
        plan = scale.Chance(250) ? Scale(plan, ref scale) : plan;
        return new Scenario(
            seed, plan, faults, life.Chance(500), SimRandom.For(seed, "bindings").Chance(200), sessions.Chance(300));
    }

    /// <summary>Lets the size of the pool follow its load.</summary>
    private static PoolPlan Scale(PoolPlan plan, ref SimRandom random) => plan with
    {
        MinSize = 1 + random.Below(plan.Size),
        MaxSize = plan.Size + 1 + random.Below(4),
        ScaleDelay = random.Pick<long>(1, 10, 50, 200),
        ScalePatience = random.Pick<long>(20, 100, 500, 2_000),
    };

    /// <summary>Switches on, each at random, the settings that decide which calls wait, and for how long.</summary>
    private static PoolPlan Restrict(PoolPlan plan, ref SimRandom random) => plan with
    {
        PriorityStep = random.Pick<long>(0, 10, 100, 1_000),
        KeysTakeTurns = random.Chance(500),
        LimitPerKey = random.Pick(0, 0, 1, 4),
        RejectLate = random.Chance(700),
        MaxConcurrent = random.Pick(0, 0, 0, 1, 2, 5),
    };

    /// <summary>Switches on, each at random, the settings that replace, rest and watch workers and keep spares.</summary>
    private static PoolPlan Enliven(PoolPlan plan, ref SimRandom random)
    {
        bool stopFirst = random.Chance(200);
        int minReady = random.Chance(200) ? 0 : plan.MinReady;
        return plan with
        {
            MinReady = stopFirst ? Math.Min(minReady, plan.Size - 1) : minReady,
            StopFirst = stopFirst,
            Spares = random.Pick(0, 0, 0, 1, 2),
            Ttl = random.Pick<long>(0, 0, 40, 300, 2_000, 8_000),
            IdleTimeout = random.Pick<long>(0, 0, 0, 20, 200, 2_000),
            MaxConsecutiveErrors = random.Pick(0, 0, 1, 3),
            MinLifetime = random.Pick<long>(0, 50, 1_000),
            PingInterval = random.Pick<long>(0, 0, 100, 500),
            LivenessTimeout = random.Pick<long>(40, 100),
            UnresponsiveTimeout = random.Pick<long>(0, 100, 1_000),
            CheckInterval = random.Pick<long>(0, 0, 80, 500),
        };
    }

    /// <summary>Returns the scenario in which a defect shows.</summary>
    public Scenario For(PlantedBug? bug)
    {
        if (bug is null)
        {
            return this;
        }
        PoolPlan plan = bug.Depth is { } depth ? Plan with { MaxDepth = depth, Capacity = depth > 0 ? 1 : Plan.Capacity } : Plan;
        return this with
        {
            Faults = bug.Calm ? SimFaults.None : bug.BreaksSlots ? SimFaults.OfSlots : Faults,
            Plan = bug.Settings?.Invoke(plan with { MinSize = 0, MaxSize = 0 }) ?? plan,
            IsLively = IsLively || bug.Settings is not null,
            Binds = bug.Binds,
            HasSessions = bug.HasSessions,
        };
    }
}
