namespace Snakepit.Pools.Kernel;

/// <summary>A pool's settings as the kernel needs them: plain numbers, durations in timestamp units.</summary>
internal sealed record PoolPlan
{
    private const int DefaultDepth = 128;

    public required int Size { get; init; }

    public int MinReady { get; init; } = 1;

    /// <summary>Generations that every slot has had under earlier kernels of the pool.</summary>
    public int EarlierGenerations { get; init; }

    /// <summary>Calls a worker runs at once.</summary>
    public int Capacity { get; init; } = 1;

    public int MaxConcurrentStarts { get; init; } = 1;

    /// <summary>0: a tenth of the size, at least 1.</summary>
    public int MaxConcurrentRecycles { get; init; } = 1;

    /// <summary>Workers that are ready in waiting.</summary>
    public int Spares { get; init; }

    public int QueueLimit { get; init; } = 1_000;

    /// <summary>Calls of one key that may wait; 0: no limit of their own.</summary>
    public int LimitPerKey { get; init; }

    /// <summary>By how much earlier a call of one priority more counts as submitted.</summary>
    public long PriorityStep { get; init; }

    public bool KeysTakeTurns { get; init; }

    /// <summary>What will not be done in time is not begun.</summary>
    public bool RejectLate { get; init; }

    /// <summary>Calls that may run at once in all workers; 0: no limit of its own. With one no calls wait in channels.</summary>
    public int MaxConcurrent { get; init; }

    /// <summary>0: no limit.</summary>
    public int MaxRequests { get; init; }

    /// <summary>A worker takes no call beyond <see cref="MaxRequests"/>, whether its replacement is ready or not.</summary>
    public bool StrictMaxRequests { get; init; }

    // Limits of a worker; 0: none.
    public long Ttl { get; init; }

    public long IdleTimeout { get; init; }

    public int MaxConsecutiveErrors { get; init; }

    /// <summary>Some reasons count only for workers that have served so long.</summary>
    public long MinLifetime { get; init; }

    public bool StopFirst { get; init; }

    // Clocks of health; 0: not looked at.
    public long PingInterval { get; init; }

    public long LivenessTimeout { get; init; }

    public long UnresponsiveTimeout { get; init; }

    public long CheckInterval { get; init; }

    /// <summary>How often an idempotent call is run before a lost worker is its outcome.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How often a call is given to a worker that dies before it begins the call, until it is taken for the cause.</summary>
    public int MaxAssignments { get; init; } = 8;

    public bool DrainQueueOnStop { get; init; }

    /// <summary>How many calls may wait in the channel of a worker beyond its capacity. 0: none. Above a capacity of 1 none may.</summary>
    public int MaxDepth { get; init; }

    /// <summary>A tool is fast while nearly all its runs take no longer.</summary>
    public long FastRun { get; init; }

    /// <summary>What a call costs a worker beside its run.</summary>
    public long CallOverhead { get; init; }

    /// <summary>The expected work that a worker with waiting calls may hold.</summary>
    public long MaxHeldWork { get; init; }

    /// <summary>The bytes that may wait in a worker's channel: half a pipe, so that no write of a call finds it full.</summary>
    public int MaxWaitingBytes { get; init; } = 32 * 1024;

    /// <summary>A worker that makes no progress for so long loses its waiting calls to others.</summary>
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

    /// <summary>Failures that far apart are not one row.</summary>
    public long RestartWindow { get; init; } = long.MaxValue;

    /// <summary>So many workers an input may kill; 0: as many as it likes.</summary>
    public int QuarantineAfter { get; init; }

    public long QuarantineTime { get; init; }

    /// <summary>How long a slot gets no calls after a death that taints it.</summary>
    public long TaintTime { get; init; }

    /// <summary>From 0 to 1.</summary>
    public double Jitter { get; init; }

    /// <summary>The worker has begun, or holds, as many calls as it is to have.</summary>
    public bool IsUsedUp(WorkerNode worker) => MaxRequests > 0 && worker.Requests >= MaxRequests;

    /// <summary>The worker takes no more calls, though nobody has replaced it yet.</summary>
    public bool IsExhausted(WorkerNode worker) => StrictMaxRequests && IsUsedUp(worker);

    public static PoolPlan FromOptions(PoolOptions options, long frequency)
    {
        long Units(TimeSpan span) =>
            span == Timeout.InfiniteTimeSpan ? long.MaxValue / 4 : (long)(span.TotalSeconds * frequency);
        long Limit(TimeSpan? span) => span is { } value && value != Timeout.InfiniteTimeSpan ? Math.Max(1, Units(value)) : 0;

        return new PoolPlan
        {
            Size = options.Size,
            MinReady = options.MinReady,
            MaxConcurrentStarts = options.Start.MaxConcurrent,
            MaxConcurrentRecycles = options.Recycle.MaxConcurrent ?? 0,
            Spares = options.Spares,
            QueueLimit = options.Queue.Limit,
            LimitPerKey = options.Queue.LimitPerKey ?? 0,
            PriorityStep = Units(options.Queue.PriorityStep),
            KeysTakeTurns = options.Queue.Fairness == QueueFairness.RoundRobin,
            RejectLate = options.Queue.RejectLate,
            MaxConcurrent = options.Call.MaxConcurrent ?? 0,
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
