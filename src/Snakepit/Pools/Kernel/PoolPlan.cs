namespace Snakepit.Pools.Kernel;

/// <summary>A pool's options as the kernel needs them: plain numbers, with durations in timestamp units.</summary>
internal sealed record PoolPlan
{
    private const int DefaultDepth = 128;

    public required int Size { get; init; }

    /// <summary>The least number of workers; 0 when the load does not change their number.</summary>
    public int MinSize { get; init; }

    /// <summary>The greatest number of workers; 0 when the load does not change their number.</summary>
    public int MaxSize { get; init; }

    /// <summary>The time after which a call has waited too long, and the pool grows.</summary>
    public long ScaleDelay { get; init; } = long.MaxValue / 4;

    /// <summary>The time for which fewer workers must be enough before the pool shrinks, until it has learned a longer one.</summary>
    public long ScalePatience { get; init; } = long.MaxValue / 4;

    /// <summary>Whether the number of workers follows the load.</summary>
    public bool IsScaling => MinSize < MaxSize;

    public int MinReady { get; init; } = 1;

    /// <summary>The generations that every slot has had under earlier kernels of the pool.</summary>
    public int EarlierGenerations { get; init; }

    /// <summary>The calls that a new worker runs at once.</summary>
    public int Capacity { get; init; } = 1;

    /// <summary>The number of the blueprint by which new workers are launched.</summary>
    public int Blueprint { get; init; }

    /// <summary>How new workers are made.</summary>
    public WorkerMake Make => new(Blueprint, Capacity);

    public int MaxConcurrentStarts { get; init; } = 1;

    /// <summary>0 stands for a tenth of the size, at least 1.</summary>
    public int MaxConcurrentRecycles { get; init; } = 1;

    /// <summary>Whether the pool may use memory only as it is told.</summary>
    public bool SharesMemory { get; init; }

    /// <summary>Whether the pool may replace workers only as it is told.</summary>
    public bool SharesReplacements { get; init; }

    /// <summary>The share of a pool that has not been told any. Its first worker needs no permission.</summary>
    public Allowance FirstAllowance => Allowance.First(SharesMemory, SharesReplacements);

    /// <summary>The number of spare workers.</summary>
    public int Spares { get; init; }

    public int QueueLimit { get; init; } = 1_000;

    /// <summary>The waiting calls of one key; 0 for no limit per key.</summary>
    public int LimitPerKey { get; init; }

    /// <summary>The head start of a call in the queue for each step of priority.</summary>
    public long PriorityStep { get; init; }

    public bool KeysTakeTurns { get; init; }

    /// <summary>Whether calls that would be late are rejected.</summary>
    public bool RejectLate { get; init; }

    /// <summary>The calls that may run at once in all workers; 0 for no limit. With a limit, no calls wait in channels.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>0 for no limit.</summary>
    public int MaxRequests { get; init; }

    /// <summary>Whether a worker takes no call beyond <see cref="MaxRequests"/>, even if its replacement is not ready.</summary>
    public bool StrictMaxRequests { get; init; }

    /// <summary>The time for which a session may go without a call.</summary>
    public long SessionTtl { get; init; } = long.MaxValue / 4;

    public int MaxSessions { get; init; } = 10_000;

    // Limits of a worker; 0 for none.
    public long Ttl { get; init; }

    public long IdleTimeout { get; init; }

    public int MaxConsecutiveErrors { get; init; }

    /// <summary>The time that workers must have served before some reasons count.</summary>
    public long MinLifetime { get; init; }

    public bool StopFirst { get; init; }

    // Clocks of health; 0 for none.
    public long PingInterval { get; init; }

    public long LivenessTimeout { get; init; }

    public long UnresponsiveTimeout { get; init; }

    public long CheckInterval { get; init; }

    /// <summary>The number of runs of an idempotent call before the loss of a worker becomes its outcome.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The number of assignments of a call to workers that die before they begin it, until it counts as the cause.</summary>
    public int MaxAssignments { get; init; } = 8;

    public bool DrainQueueOnStop { get; init; }

    /// <summary>
    /// The calls that may wait in the channel of a worker beyond its capacity; 0 for none. Always 0 with a capacity above 1.
    /// </summary>
    public int MaxDepth { get; init; }

    /// <summary>A tool is fast while nearly all its runs take no longer than this.</summary>
    public long FastRun { get; init; }

    /// <summary>The cost of a call for a worker besides its run time.</summary>
    public long CallOverhead { get; init; }

    /// <summary>The expected work that a worker with waiting calls may hold.</summary>
    public long MaxHeldWork { get; init; }

    /// <summary>The bytes that may wait in a worker's channel: half a pipe, so that no write of a call finds it full.</summary>
    public int MaxWaitingBytes { get; init; } = 32 * 1024;

    /// <summary>A worker without progress for this time loses its waiting calls to others.</summary>
    public long StallCheck { get; init; }

    /// <summary>Timestamp units per second.</summary>
    public required long Frequency { get; init; }

    public required long QueueTimeout { get; init; }

    public required long CancelGrace { get; init; }

    public required long BootTimeout { get; init; }

    public required long DrainTimeout { get; init; }

    public required long StopTimeout { get; init; }

    public required long KillTimeout { get; init; }

    public required long InitialBackoff { get; init; }

    public required long MaxBackoff { get; init; }

    /// <summary>Failures further apart than this do not belong to one row.</summary>
    public long RestartWindow { get; init; } = long.MaxValue;

    /// <summary>The number of workers that an input may crash; 0 for no limit.</summary>
    public int QuarantineAfter { get; init; }

    public long QuarantineTime { get; init; }

    /// <summary>How long a slot gets no calls after a death that taints it.</summary>
    public long TaintTime { get; init; }

    /// <summary>From 0 to 1.</summary>
    public double Jitter { get; init; }

    /// <summary>Returns whether the worker has begun or holds as many calls as it may have.</summary>
    public bool IsUsedUp(WorkerNode worker) => MaxRequests > 0 && worker.Requests >= MaxRequests;

    /// <summary>Returns whether the worker takes no more calls, although it has not been replaced yet.</summary>
    public bool IsExhausted(WorkerNode worker) => StrictMaxRequests && IsUsedUp(worker);

    public static PoolPlan FromOptions(PoolOptions options, long frequency)
    {
        long Units(TimeSpan span) =>
            span == Timeout.InfiniteTimeSpan ? long.MaxValue / 4 : (long)(span.TotalSeconds * frequency);
        long Limit(TimeSpan? span) => span is { } value && value != Timeout.InfiniteTimeSpan ? Math.Max(1, Units(value)) : 0;

        return new PoolPlan
        {
            Size = Math.Clamp(options.Size, options.LeastWorkers, options.MostWorkers),
            MinReady = options.MinReady,
            MinSize = options.LeastWorkers,
            MaxSize = options.MostWorkers,
            ScaleDelay = Units(options.Scale.QueueDelay),
            ScalePatience = Units(options.Scale.Patience),
            Capacity = options.Capacity,
            MaxConcurrentStarts = options.Start.MaxConcurrent,
            MaxConcurrentRecycles = options.Recycle.MaxConcurrent ?? 0,
            Spares = options.Spares,
            QueueLimit = options.Queue.Limit,
            LimitPerKey = options.Queue.LimitPerKey ?? 0,
            PriorityStep = Units(options.Queue.PriorityStep),
            KeysTakeTurns = options.Queue.Fairness == QueueFairness.RoundRobin,
            RejectLate = options.Queue.RejectLate,
            MaxConcurrent = options.Call.MaxConcurrent ?? 0,
            SessionTtl = options.Session.Ttl is { } life ? Units(life) : long.MaxValue / 4,
            MaxSessions = options.Session.Max,
            MaxRequests = options.Recycle.MaxRequests ?? 0,
            StrictMaxRequests = options.Recycle.StrictMaxRequests,
            Ttl = Limit(options.Recycle.Ttl),
            IdleTimeout = Limit(options.Recycle.IdleTimeout),
            MaxConsecutiveErrors = options.Recycle.MaxConsecutiveErrors ?? 0,
            MinLifetime = Units(options.Recycle.MinLifetime),
            StopFirst = options.Recycle.Mode == RecycleMode.StopFirst,
            PingInterval = Limit(options.Health.PingInterval),
            LivenessTimeout = Units(options.Health.LivenessTimeout),
            UnresponsiveTimeout = Limit(options.Health.UnresponsiveTimeout),
            CheckInterval = Limit(options.Health.CheckInterval),
            MaxAttempts = options.Call.MaxAttempts,
            DrainQueueOnStop = options.Stop.DrainQueue,
            MaxDepth = DefaultDepth,
            FastRun = Units(TimeSpan.FromMicroseconds(200)),
            CallOverhead = Units(TimeSpan.FromMicroseconds(10)),
            MaxHeldWork = Units(TimeSpan.FromMilliseconds(1)),
            StallCheck = Units(TimeSpan.FromMilliseconds(5)),
            Frequency = frequency,
            QueueTimeout = Units(options.Queue.Timeout),
            CancelGrace = Units(options.Call.CancelGrace),
            BootTimeout = Units(options.Boot.Timeout),
            DrainTimeout = Units(options.Recycle.DrainTimeout),
            StopTimeout = Units(options.Stop.Timeout),
            KillTimeout = Units(options.Stop.KillTimeout),
            InitialBackoff = Units(options.Restart.InitialBackoff),
            MaxBackoff = Units(options.Restart.MaxBackoff),
            QuarantineAfter = options.Crash.QuarantineAfter ?? 0,
            QuarantineTime = Units(options.Crash.QuarantineTime),
            TaintTime = Units(options.Crash.TaintTime),
            RestartWindow = Units(options.Restart.Window),
            Jitter = options.Restart.Jitter,
        };
    }
}
