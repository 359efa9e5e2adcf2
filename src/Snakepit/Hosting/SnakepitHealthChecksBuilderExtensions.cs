using Microsoft.Extensions.Diagnostics.HealthChecks;
using Snakepit;
using Snakepit.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Snakepit's pools to the health checks of an application.</summary>
public static class SnakepitHealthChecksBuilderExtensions
{
    /// <summary>Adds a health check of the pools that <c>AddSnakepit</c> has added. The check is healthy when every pool is
    /// <see cref="PoolState.Ready"/>: at least <see cref="PoolOptions.MinReady"/> workers take calls. It is degraded when a pool serves
    /// with fewer workers, replaces workers again and again without success, or has its circuit breaker open. It is unhealthy when no
    /// worker of a pool takes calls. The check answers from memory, without a call to Python. Its data has a dictionary for each pool,
    /// under the pool's name: <c>state</c>, <c>ready</c>, <c>size</c>, <c>running</c>, <c>queueLength</c>, <c>queueLimit</c>, and, if there
    /// are any, <c>breaker</c> and <c>lastStartFailure</c>.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="failureStatus">The status to report for unhealthy pools; null: <see cref="HealthStatus.Unhealthy"/>.</param>
    /// <param name="tags">Tags by which checks are chosen, such as <c>ready</c>.</param>
    /// <param name="pools">The names of the pools to look at; null: all pools. An unknown name fails the check, and the message lists
    /// similar names.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> or <paramref name="pools"/> is empty.</exception>
    public static IHealthChecksBuilder AddSnakepit(
        this IHealthChecksBuilder builder,
        string name = "snakepit",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null,
        IEnumerable<string>? pools = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[]? names = ReadNames(pools);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new SnakepitHealthCheck(provider.GetRequiredService<ISnakepit>(), names), failureStatus, tags));
    }

    /// <summary>Adds the three answers that an orchestrator asks for, as checks with a tag each: <c>snakepit-startup</c> (tag
    /// <c>startup</c>) is healthy once every pool has been <see cref="PoolState.Ready"/>; <c>snakepit-ready</c> (tag <c>ready</c>) is
    /// healthy while every pool serves with at least <see cref="PoolOptions.MinReady"/> workers; <c>snakepit-live</c> (tag <c>live</c>) is
    /// unhealthy when a defect has ended a pool for good, so that only a restart of the host helps. Otherwise each is unhealthy, and says
    /// why. The checks answer from memory, without a call to Python.</summary>
    /// <param name="builder">The application's health checks.</param>
    /// <param name="pools">The names of the pools to look at; null: all pools. An unknown name fails the check, and the message lists
    /// similar names.</param>
    /// <exception cref="ArgumentException"><paramref name="pools"/> is empty.</exception>
    public static IHealthChecksBuilder AddSnakepitProbes(this IHealthChecksBuilder builder, IEnumerable<string>? pools = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        string[]? names = ReadNames(pools);
        AddProbe("startup", SnakepitProbe.NotStarted);
        AddProbe("ready", SnakepitProbe.NotReady);
        AddProbe("live", SnakepitProbe.NotAlive);
        return builder;

        void AddProbe(string kind, Func<PoolSnapshot, string?> problem) => builder.Add(new HealthCheckRegistration(
            $"snakepit-{kind}",
            provider => new SnakepitProbe(provider.GetRequiredService<ISnakepit>(), names, problem),
            HealthStatus.Unhealthy,
            [kind]));
    }

    private static string[]? ReadNames(IEnumerable<string>? pools)
    {
        string[]? names = pools is null ? null : [.. pools];
        return names is not []
            ? names
            : throw new ArgumentException(
                "A check of no pool would always be healthy. Name at least one pool, or leave the argument out for all pools.",
                nameof(pools));
    }
}
