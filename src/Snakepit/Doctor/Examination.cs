using System.Collections.Concurrent;
using System.Diagnostics;
using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Doctor;

/// <summary>Examines the machine and the pools, and leaves nothing behind.</summary>
/// <param name="pools">The options of the pools by name.</param>
/// <param name="options">The options of the examination.</param>
internal sealed class Examination(IReadOnlyDictionary<string, PoolOptions> pools, DoctorOptions options)
{
    private const string Package = "worker-package";

    /// <summary>The name of the host's environment; null without a host.</summary>
    public string? EnvironmentName { get; init; }

    /// <summary>The workers that are running already.</summary>
    public int Live { get; init; }

    /// <summary>Whether the pools run Python at all.</summary>
    public bool IsReal { get; init; } = true;

    /// <summary>What is wrong with the configuration, each problem with its remedy.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Examines everything. Throws only on cancellation.</summary>
    public async Task<DoctorReport> RunAsync(CancellationToken cancellationToken)
    {
        // Not in the caller's synchronization context: reading the limits of a large machine takes a while.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        long began = Stopwatch.GetTimestamp();
        var checks = new CheckList();
        foreach (string problem in Problems)
        {
            checks.Fail("configuration", problem, "Correct the setting.");
        }
        if (Problems.Count == 0)
        {
            checks.Ok("configuration", "Every setting is known and in its range.");
        }
        IReadOnlyList<PoolExamination> examined = [];
        if (IsReal)
        {
            checks.Run("limits", _ => new MachineChecks(pools, HostLimits.Read(), Live, SystemFile.TryRead)
                .Run(checks, OperatingSystem.IsLinux()));
            examined = await ExaminePoolsAsync(checks, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            checks.Skip(Package, "The workers are not real: no Python runs.");
        }
        return new DoctorReport { Machine = checks.All, Pools = examined, Duration = Stopwatch.GetElapsedTime(began) };
    }

    private async Task<IReadOnlyList<PoolExamination>> ExaminePoolsAsync(CheckList checks, CancellationToken cancellationToken)
    {
        PythonTools? tools = null;
        checks.Run(Package, name =>
        {
            tools = new PythonTools(TimeProvider.System);
            if (tools.Package.NotCachedBecause is { } problem)
            {
                checks.Warn(
                    name, problem, "Set SNAKEPIT_CACHE to a folder that only this user can write: every worker starts slower from memory.");
            }
            else
            {
                checks.Ok(name, $"It is unpacked in {tools.Package.PathEntry}.");
            }
        });
        if (tools is null)
        {
            return [];
        }
        using (tools)
        {
            var examined = new ConcurrentDictionary<string, PoolExamination>();
            var together = new ParallelOptions
            {
                MaxDegreeOfParallelism = Environment.ProcessorCount,
                CancellationToken = cancellationToken,
            };
            await Parallel.ForEachAsync(pools, together, async (pool, cancelled) =>
                examined[pool.Key] = await new PoolChecks(pool.Key, pool.Value, options, EnvironmentName)
                    .RunAsync(tools, cancelled).ConfigureAwait(false)).ConfigureAwait(false);
            return [.. examined.Values.OrderBy(static pool => pool.Name, StringComparer.OrdinalIgnoreCase)];
        }
    }
}
