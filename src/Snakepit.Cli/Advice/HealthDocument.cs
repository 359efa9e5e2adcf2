using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Advice;

/// <summary>How the workers and pools of a host are.</summary>
internal sealed record HealthDocument
{
    /// <summary>Whether every worker may work on and every pool has its workers.</summary>
    public required bool IsHealthy { get; init; }

    public required IReadOnlyList<WorkerVerdict> Workers { get; init; }

    /// <summary>What is wrong with whole pools, a sentence each.</summary>
    public required IReadOnlyList<string> Pools { get; init; }

    public static HealthDocument Of(IReadOnlyList<PoolInfo> pools, IReadOnlyList<WorkerVerdict> workers) => new()
    {
        IsHealthy = workers.All(static worker => worker.Health != WorkerVerdict.Unhealthy)
            && pools.All(static pool => Problem(pool) is null),
        Workers = workers,
        Pools = [.. pools.Select(Problem).OfType<string>()],
    };

    private static string? Problem(PoolInfo pool) => pool.State switch
    {
        "failing" => $"Pool '{pool.Name}' is failing: {pool.LastStartFailure ?? "none of its workers is ready."}",
        "degraded" => $"Pool '{pool.Name}' has {pool.Ready} of {Shown.Count(pool.Size, "worker")}"
            + (pool.LastStartFailure is { } failure ? $": {failure}"
                : pool.Drained > 0 ? $"; {Shown.Count(pool.Drained, "slot", "gets", "get")} no calls "
                    + $"(snakepit drain {pool.Name} --resume)."
                : "; others are starting."),
        "stopping" or "stopped" => $"Pool '{pool.Name}' is {pool.State}.",
        _ => null,
    };
}
