using Snakepit.Configuration;
using Snakepit.Doctor;

namespace Snakepit;

/// <summary>Examines whether a machine has what pools need, without starting them. A sick environment is a result, not an exception. Every
/// step has a time limit, and no process is left behind.</summary>
public static class SnakepitDoctor
{
    /// <summary>Examines the machine and the pools of a configuration.</summary>
    /// <param name="configure">Adds the pools: <c>s => s.AddPool("text", p => p.Adapter = "adapters/text.py")</c>. Settings that are wrong
    /// are results too.</param>
    /// <param name="options">What to examine; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<DoctorReport> ExamineAsync(
        Action<SnakepitRuntimeBuilder> configure, DoctorOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        var builder = new SnakepitRuntimeBuilder();
        IReadOnlyDictionary<string, PoolOptions> pools = new Dictionary<string, PoolOptions>();
        IReadOnlyList<string> problems = [];
        try
        {
            configure(builder);
            pools = builder.Build().Pools;
        }
        catch (SnakepitConfigurationException e)
        {
            problems = e.Problems;
        }
        return new Examination(pools, options ?? new DoctorOptions())
        {
            EnvironmentName = builder.EnvironmentName,
            IsReal = builder.Starter is null,
            Problems = problems,
        }.RunAsync(cancellationToken);
    }

    /// <summary>Examines the machine and one pool.</summary>
    /// <param name="pool">The options of the pool.</param>
    /// <param name="options">What to examine; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<DoctorReport> ExaminePoolAsync(
        PoolOptions pool, DoctorOptions? options = null, CancellationToken cancellationToken = default)
    {
        const string Name = "default";
        ArgumentNullException.ThrowIfNull(pool);
        List<string> problems = [];
        PoolOptionsValidator.Check(Name, pool, problems);
        var pools = new Dictionary<string, PoolOptions>();
        if (problems.Count == 0)
        {
            pools.Add(Name, pool);
        }
        return new Examination(pools, options ?? new DoctorOptions()) { Problems = problems }.RunAsync(cancellationToken);
    }
}
