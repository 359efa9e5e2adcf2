namespace Snakepit;

/// <summary>Options for when and how workers are replaced on purpose.</summary>
public sealed class RecycleOptions
{
    private TimeSpan? _drainTimeout;

    /// <summary>Gets or sets how long a worker serves before it is replaced; reported as <c>ttl_expired</c>. Slots are staggered evenly: a
    /// worker's own limit (<see cref="WorkerSnapshot.EffectiveTtl"/>) is up to a tenth shorter. Default null: no limit.</summary>
    public TimeSpan? Ttl { get; set; }

    /// <summary>Gets or sets after how many calls a worker is replaced; reported as <c>max_requests</c>. Every started call counts,
    /// including failed ones. The replacement starts early enough to be ready by then. If it is not ready, the worker keeps serving until
    /// it is: see <see cref="WorkerSnapshot.Overshoot"/> and <see cref="StrictMaxRequests"/>. Default null: no limit.</summary>
    public int? MaxRequests { get; set; }

    /// <summary>Gets or sets whether <see cref="MaxRequests"/> is exact, as the isolation of tenants requires: a worker that has begun its
    /// last call takes no other, and calls wait for its replacement. While replacements are slow, the pool is smaller; while none can
    /// start, it comes to a standstill and rejects calls. Default false.</summary>
    public bool StrictMaxRequests { get; set; }

    /// <summary>Gets or sets how long a worker may be idle before it is stopped; reported as <c>idle</c>. Its slot rests until calls wait
    /// again. At least <see cref="PoolOptions.MinReady"/> workers stay. Default null: all workers stay.</summary>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>Gets or sets how much processor time a worker uses before it is replaced; reported as <c>cpu_time</c>. Default null: no
    /// limit.</summary>
    public TimeSpan? MaxCpuTime { get; set; }

    /// <summary>Gets or sets after how many consecutive failed calls a worker is replaced; reported as <c>errors</c>. Default null:
    /// never.</summary>
    public int? MaxConsecutiveErrors { get; set; }

    /// <summary>Gets or sets whether the replacement starts before the old worker stops. Default
    /// <see cref="RecycleMode.StartFirst"/>.</summary>
    public RecycleMode Mode { get; set; }

    /// <summary>Gets or sets how long a replaced worker may finish its calls before it is stopped together with them. Default 30
    /// s.</summary>
    public TimeSpan DrainTimeout
    {
        get => _drainTimeout ?? Defaults.Drain;
        set => _drainTimeout = value;
    }

    /// <summary>Gets or sets how many workers of the pool may be in a planned replacement at once, from the start of the replacement until
    /// the old worker has ended. Workers that crash are replaced without this limit. <see cref="StartOptions.MaxConcurrent"/> also applies,
    /// because a replacement is a start. Default null: a tenth of <see cref="PoolOptions.Size"/>, at least 1.</summary>
    public int? MaxConcurrent { get; set; }

    /// <summary>Gets or sets how long a worker must have served before <see cref="MemoryOptions.SoftLimit"/>,
    /// <see cref="MaxConsecutiveErrors"/> or a policy can have it replaced. So a limit that every new worker exceeds at once does not keep
    /// the pool busy with replacements. It does not delay the other reasons, such as <see cref="Ttl"/>, <see cref="MaxRequests"/> or a
    /// request, and it does not keep a worker alive. Zero means no minimum. Default 10 s.</summary>
    public TimeSpan MinLifetime { get; set; } = TimeSpan.FromSeconds(10);

    internal TimeoutDefaults Defaults { private get; init; } = new();

    internal List<IRecyclePolicy> Policies { get; } = [];

    /// <summary>Adds a policy that the pool asks after calls and several times a second. The pool replaces each worker for which the policy
    /// returns <see cref="RecycleDecision.Recycle"/>, and reports the reason <c>custom</c>.</summary>
    public void AddPolicy(IRecyclePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Policies.Add(policy);
    }
}
