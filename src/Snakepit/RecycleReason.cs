namespace Snakepit;

/// <summary>Specifies why a worker is replaced.</summary>
public enum RecycleReason
{
    /// <summary>The worker has begun <see cref="RecycleOptions.MaxRequests"/> calls; reported as <c>max_requests</c>.</summary>
    MaxRequests,

    /// <summary><see cref="IWorkerPool.RecycleAsync(int?, CancellationToken)"/> was called; reported as <c>manual</c>.</summary>
    Manual,

    /// <summary>The worker's process ended by itself; reported as <c>worker_died</c>.</summary>
    WorkerDied,

    /// <summary>The worker has served for <see cref="RecycleOptions.Ttl"/>; reported as <c>ttl_expired</c>.</summary>
    TtlExpired,

    /// <summary>The worker has gained <see cref="MemoryOptions.SoftLimit"/>; reported as <c>memory_threshold</c>.</summary>
    MemoryThreshold,

    /// <summary>The worker had <see cref="MemoryOptions.HardLimit"/> and was killed; reported as <c>memory_limit</c>.</summary>
    MemoryLimit,

    /// <summary>The worker had no call for <see cref="RecycleOptions.IdleTimeout"/> and was stopped; reported as <c>idle</c>.</summary>
    Idle,

    /// <summary>The worker has used <see cref="RecycleOptions.MaxCpuTime"/>; reported as <c>cpu_time</c>.</summary>
    CpuTime,

    /// <summary>The worker's last <see cref="RecycleOptions.MaxConsecutiveErrors"/> calls failed; reported as <c>errors</c>.</summary>
    Errors,

    /// <summary>The worker failed its health check or gave no sign of life; reported as <c>health_check_failed</c>.</summary>
    HealthCheckFailed,

    /// <summary>The worker's own code asked for it with <c>ctx.recycle_me()</c>; reported as <c>worker_requested</c>.</summary>
    WorkerRequested,

    /// <summary>The adapter's files have changed; reported as <c>code_changed</c>.</summary>
    CodeChanged,

    /// <summary>An <see cref="IRecyclePolicy"/> decided so; reported as <c>custom</c>.</summary>
    Custom,

    /// <summary>The pool was made smaller; reported as <c>resized</c>.</summary>
    Resized,

    /// <summary>A reload has changed settings by which workers start; reported as <c>configuration_changed</c>.</summary>
    ConfigurationChanged,
}
