namespace Snakepit.Pools.Kernel;

/// <summary>A pool's settings as the kernel needs them: plain numbers, durations in timestamp units.</summary>
internal sealed record PoolPlan
{
    public required int Size { get; init; }

    public int MinReady { get; init; } = 1;

    /// <summary>Calls a worker runs at once.</summary>
    public int Capacity { get; init; } = 1;

    public int MaxConcurrentStarts { get; init; } = 1;

    public int MaxConcurrentRecycles { get; init; } = 1;

    public int QueueLimit { get; init; } = 1_000;

    /// <summary>0: no limit.</summary>
    public int MaxRequests { get; init; }

    /// <summary>How often an idempotent call is run before a lost worker is its outcome.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How often a call is given to a worker that dies before it begins the call, until it is taken for the cause.</summary>
    public int MaxAssignments { get; init; } = 8;

    public bool DrainQueueOnStop { get; init; }

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

    /// <summary>From 0 to 1.</summary>
    public double Jitter { get; init; }

    public static PoolPlan FromOptions(PoolOptions options, long frequency)
    {
        long Units(TimeSpan span) =>
            span == Timeout.InfiniteTimeSpan ? long.MaxValue / 4 : (long)(span.TotalSeconds * frequency);

        return new PoolPlan
        {
            Size = options.Size,
            MinReady = options.MinReady,
            MaxConcurrentStarts = options.Start.MaxConcurrent,
            MaxConcurrentRecycles = options.Recycle.MaxConcurrent ?? Math.Max(1, options.Size / 10),
            QueueLimit = options.Queue.Limit,
            MaxRequests = options.Recycle.MaxRequests ?? 0,
            DrainQueueOnStop = options.Stop.DrainQueue,
            Frequency = frequency,
            QueueTimeout = Units(options.Queue.Timeout),
            CancelGrace = Units(options.Call.CancelGrace),
            BootTimeout = Units(options.Boot.Timeout),
            DrainTimeout = Units(options.Recycle.DrainTimeout),
            StopTimeout = Units(options.Stop.Timeout),
            KillTimeout = Units(options.Stop.KillTimeout),
            InitialBackoff = Units(options.Restart.InitialBackoff),
            MaxBackoff = Units(options.Restart.MaxBackoff),
            Jitter = options.Restart.Jitter,
        };
    }
}
