using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Snakepit.Hosting;

/// <summary>Reports whether pools serve, from the runtime's own state: it calls no worker.</summary>
/// <param name="snakepit">The runtime.</param>
/// <param name="pools">The pools to check; null for all.</param>
internal sealed class SnakepitHealthCheck(ISnakepit snakepit, IReadOnlyList<string>? pools) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        (PoolSnapshot Pool, HealthStatus Status)[] all =
            [.. (pools ?? [.. snakepit.PoolNames]).Select(Look).DistinctBy(static one => one.Pool.Name)];
        (PoolSnapshot Pool, HealthStatus Status)[] bad = [.. all.Where(static one => one.Status != HealthStatus.Healthy)];
        HealthStatus worst = bad.Length == 0 ? HealthStatus.Healthy : bad.Min(static one => one.Status);
        return Task.FromResult(new HealthCheckResult(
            worst == HealthStatus.Unhealthy ? context.Registration.FailureStatus : worst,
            bad.Length == 0
                ? all.Length == 1 ? "The pool is ready." : $"All {all.Length} pools are ready."
                : string.Join(" ", bad.Select(static one => Tell(one.Pool))),
            Array.Find(bad, static one => one.Status == HealthStatus.Unhealthy).Pool?.LastStartFailure,
            all.ToDictionary(static one => one.Pool.Name, static one => (object)Describe(one.Pool))));
    }

    private (PoolSnapshot Pool, HealthStatus Status) Look(string name)
    {
        PoolSnapshot pool = snakepit.GetPool(name).GetSnapshot();
        return (pool, pool.State switch
        {
            PoolState.Ready => pool.Breaker == BreakerState.Open ? HealthStatus.Degraded : HealthStatus.Healthy,
            PoolState.Degraded => HealthStatus.Degraded,
            PoolState.Starting when pool.Ready > 0 => HealthStatus.Degraded,
            _ => HealthStatus.Unhealthy,
        });
    }

    private static string Tell(PoolSnapshot pool)
    {
        string failure = FailureOf(pool) is { } line ? $" The last start failed: {line}" : "";
        string breaker = pool.Breaker == BreakerState.Open ? " Its circuit breaker refuses calls." : "";
        return $"Pool '{pool.Name}' is {pool.State}: {pool.Ready} of {pool.Size} workers serve.{breaker}{failure}";
    }

    private static Dictionary<string, object> Describe(PoolSnapshot pool)
    {
        var data = new Dictionary<string, object>
        {
            ["state"] = pool.State.ToString(),
            ["ready"] = pool.Ready,
            ["size"] = pool.Size,
            ["running"] = pool.Running,
            ["queueLength"] = pool.QueueLength,
            ["queueLimit"] = pool.QueueLimit,
        };
        if (pool.Breaker is { } breaker)
        {
            data["breaker"] = breaker.ToString();
        }
        if (FailureOf(pool) is { } failure)
        {
            data["lastStartFailure"] = failure;
        }
        return data;
    }

    /// <summary>Returns the failure without its traceback, which may be long.</summary>
    private static string? FailureOf(PoolSnapshot pool) => pool.LastStartFailure?.Message.Split('\n')[0];
}
