namespace Snakepit;

/// <summary>When and how workers are replaced on purpose.</summary>
public sealed class RecycleOptions
{
    /// <summary>How long a worker serves before it is replaced, as <c>ttl_expired</c>. Slots are staggered evenly: a worker's own limit
    /// (<see cref="WorkerSnapshot.EffectiveTtl"/>) is up to a tenth shorter. Default null: for ever.</summary>
    public TimeSpan? Ttl { get; set; }

    /// <summary>After how many calls a worker is replaced, as <c>max_requests</c>. Every started call counts, failed ones too. The replacement is started
    /// early enough to be ready by then. Where it is not ready, the worker serves on until it is: see <see cref="WorkerSnapshot.Overshoot"/> and
    /// <see cref="StrictMaxRequests"/>. Default null: no limit.</summary>
    public int? MaxRequests { get; set; }

    /// <summary>Whether <see cref="MaxRequests"/> is exact, as isolation of tenants needs it: a worker that has begun its last call takes no other, and calls
    /// wait for its replacement. The price: while replacements are slow the pool is smaller, and while none can start it comes to a standstill and rejects
    /// calls. Default false.</summary>
    public bool StrictMaxRequests { get; set; }

    /// <summary>How long a worker may be without a call before it is stopped, as <c>idle</c>, until calls wait again. Never below
    /// <see cref="PoolOptions.MinReady"/>. Default null: workers stay.</summary>
    public TimeSpan? IdleTimeout { get; set; }

    /// <summary>How much processor time a worker uses before it is replaced, as <c>cpu_time</c>. Default null: no limit.</summary>
    public TimeSpan? MaxCpuTime { get; set; }

    /// <summary>After how many failed calls in a row a worker is replaced, as <c>errors</c>. Default null: never.</summary>
    public int? MaxConsecutiveErrors { get; set; }

    /// <summary>Whether the replacement starts before the old worker stops. Default <see cref="RecycleMode.StartFirst"/>.</summary>
    public RecycleMode Mode { get; set; }

    /// <summary>How long a replaced worker may finish its calls before it is stopped with them. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many workers may be under replacement at once. Default null: a tenth of <see cref="PoolOptions.Size"/>, at least 1.</summary>
    public int? MaxConcurrent { get; set; }

    /// <summary>How long a worker lives before memory, errors or a policy can have it replaced: a limit that every fresh worker breaks must not
    /// make the pool do nothing but replace. Age, request count and requests by hand are not held back. Default 10 s; zero: not at all.</summary>
    public TimeSpan MinLifetime { get; set; } = TimeSpan.FromSeconds(10);

    internal List<IRecyclePolicy> Policies { get; } = [];

    /// <summary>Adds a reason of your own, judged after calls and several times a second; the worker is replaced as <c>custom</c>.</summary>
    public void AddPolicy(IRecyclePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Policies.Add(policy);
    }
}
