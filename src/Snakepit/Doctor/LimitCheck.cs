using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Doctor;

/// <summary>
/// Compares the sizes of pools with the limits of this process and its user at startup, where the error can name the setting that is too
/// high. Later, workers would merely fail to start, and with them the host.
/// </summary>
internal sealed class LimitCheck
{
    private const int DescriptorsPerWorker = 10; // three of them to read its memory and processor time
    private const int SpareDescriptors = 40; // for the launcher's socket and so on, and two for each assembly that .NET has not loaded yet
    private const int TasksPerWorker = 3; // the worker's two threads, and the host's thread that reads from it
    private const int SpareTasks = 16; // for the launcher, the watcher, the sampler, and threads that .NET has not started yet
    private const int PipesPerWorker = 3;
    private const ulong PagesPerPipe = 16;
    private const int FullPipe = 65_536;
    private readonly HostLimits _limits;
    private readonly int _live;
    private readonly long _workers;

    /// <param name="pools">The options of all pools.</param>
    /// <param name="limits">The limits, and the current use.</param>
    /// <param name="live">The workers that are running, which are in the current use already.</param>
    public LimitCheck(IReadOnlyDictionary<string, PoolOptions> pools, HostLimits limits, int live = 0)
    {
        _limits = limits;
        _live = live;
        _workers = pools.Values.Sum(static pool =>
            // A zygote takes less than a worker.
            pool.MostWorkers + pool.Spares + (pool.Recycle.MaxConcurrent ?? Math.Max(1, pool.MostWorkers / 10))
                + (pool.Start.UsesZygote ? 1 : 0));
    }

    /// <summary>The processes and threads that workers, replacements and zygotes need in addition to those that are running.</summary>
    public long MoreTasks => SpareTasks + (NewWorkers * TasksPerWorker);

    public string DescriptorsInWords => _limits.Descriptors == HostLimits.Unlimited
        ? "The files that this process may open are not limited."
        : $"{NeededDescriptors()}; this process may have {_limits.Descriptors} and has {_limits.OpenDescriptors} open.";

    public string TasksInWords => _limits.Tasks == HostLimits.Unlimited
        ? "The processes and threads of this user are not limited."
        : $"{NeededTasks()}; this user may have {_limits.Tasks}.";

    private long NewWorkers => Math.Max(0, _workers - _live);

    private long AllDescriptors => _limits.OpenDescriptors + SpareDescriptors + (NewWorkers * DescriptorsPerWorker);

    /// <summary>Checks the limits, and warns of small pipes, which only slow down large messages.</summary>
    /// <exception cref="SnakepitConfigurationException">
    /// There are too few descriptors, processes or threads for pools of these sizes.
    /// </exception>
    public static void Run(IReadOnlyDictionary<string, PoolOptions> pools, HostLimits limits, ILogger logger, int live = 0)
    {
        var check = new LimitCheck(pools, limits, live);
        LimitProblem?[] found = [check.Descriptors(), check.Tasks()];
        string[] problems = [.. found.OfType<LimitProblem>().Select(static problem => problem.ToString())];
        if (problems.Length > 0)
        {
            throw new SnakepitConfigurationException(string.Join('\n', problems)) { Problems = problems };
        }
        if (check.HasSmallPipes)
        {
            logger.PipesAreSmall(check._workers, check.Pages, limits.PipePages, limits.PipeSize);
        }
    }

    /// <summary>Returns why the descriptors do not suffice; null when they do.</summary>
    public LimitProblem? Descriptors() => (ulong)AllDescriptors <= _limits.Descriptors
        ? null
        : new LimitProblem(DescriptorsInWords, "Lower Size, or raise the limit (ulimit -n).");

    /// <summary>Returns why the processes and threads do not suffice; null when they do.</summary>
    public LimitProblem? Tasks()
    {
        if ((ulong)(_limits.AllTasks + MoreTasks) <= _limits.Tasks)
        {
            return null; // enough even if all of them were this user's
        }
        int tasks = _limits.CountUserTasks();
        return (ulong)(tasks + MoreTasks) <= _limits.Tasks
            ? null
            : new LimitProblem(
                $"{NeededTasks()}; this user may have {_limits.Tasks} and has {tasks}.", "Lower Size, or raise the limit (ulimit -u).");
    }

    /// <summary>The pages that the pipes of all workers take when they are full.</summary>
    public ulong Pages => (ulong)_workers * PipesPerWorker * PagesPerPipe;

    public bool HasSmallPipes => _limits.PipeSize < FullPipe || (Pages > _limits.PipePages && _limits.SmallPipeSize < FullPipe);

    private string NeededDescriptors() =>
        $"{_workers} workers, replacements and zygotes included, need about {AllDescriptors} file descriptors";

    private string NeededTasks() =>
        $"{_workers} workers, replacements and zygotes included, need about {MoreTasks} more processes and threads";
}

/// <summary>A limit that is too low.</summary>
/// <param name="Found">What is needed, and what there is.</param>
/// <param name="Remedy">What to change.</param>
internal sealed record LimitProblem(string Found, string Remedy)
{
    public override string ToString() => $"{Found} {Remedy}";
}
