using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Snakepit.Hosting;

/// <summary>One of the three answers that an orchestrator asks for, from the runtime's own state: it calls no worker.</summary>
/// <param name="snakepit">The runtime.</param>
/// <param name="pools">The pools to look at; null for all.</param>
/// <param name="problem">Returns what is wrong with a pool; null when nothing is.</param>
internal sealed class SnakepitProbe(ISnakepit snakepit, IReadOnlyList<string>? pools, Func<PoolSnapshot, string?> problem) : IHealthCheck
{
    /// <summary>Returns why a pool has not started.</summary>
    public static string? NotStarted(PoolSnapshot pool) => pool.HasBeenReady ? null : Tell(pool, "has not been ready yet");

    /// <summary>Returns why a pool should get no calls now.</summary>
    public static string? NotReady(PoolSnapshot pool) =>
        pool.State is PoolState.Ready or PoolState.Degraded && pool.Ready >= pool.MinReady ? null : Tell(pool, $"is {pool.State}");

    /// <summary>Returns why only a restart of the host helps a pool.</summary>
    public static string? NotAlive(PoolSnapshot pool) =>
        pool.Defect is { } defect ? $"Pool '{pool.Name}' has ended for good. Restart the host. {defect}" : null;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        string[] problems =
        [
            .. (pools ?? [.. snakepit.PoolNames]).Select(name => problem(snakepit.GetPool(name).GetSnapshot())).OfType<string>(),
        ];
        return Task.FromResult(problems.Length == 0
            ? HealthCheckResult.Healthy()
            : new HealthCheckResult(context.Registration.FailureStatus, string.Join(" ", problems)));
    }

    private static string Tell(PoolSnapshot pool, string what) =>
        $"Pool '{pool.Name}' {what}: {pool.Ready} of {pool.Size} workers serve."
        + (pool.LastStartFailure is { } failure ? $" The last start failed: {failure.Message.Split('\n')[0]}" : "");
}
