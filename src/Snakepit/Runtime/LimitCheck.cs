using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Runtime;

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
    private readonly ILogger _logger;
    private readonly long _workers;

    private LimitCheck(IReadOnlyDictionary<string, PoolOptions> pools, HostLimits limits, ILogger logger)
    {
        _limits = limits;
        _logger = logger;
        _workers = pools.Values.Sum(static pool =>
            // A zygote takes less than a worker.
            pool.Size + pool.Spares + (pool.Recycle.MaxConcurrent ?? Math.Max(1, pool.Size / 10)) + (pool.Start.UsesZygote ? 1 : 0));
    }

    /// <summary>Checks the limits, and warns of small pipes, which only slow down large messages.</summary>
    /// <exception cref="SnakepitConfigurationException">
    /// There are too few descriptors, processes or threads for pools of these sizes.
    /// </exception>
    public static void Run(IReadOnlyDictionary<string, PoolOptions> pools, HostLimits limits, ILogger logger)
    {
        var check = new LimitCheck(pools, limits, logger);
        string[] problems = [.. check.Descriptors(), .. check.Tasks()];
        if (problems.Length > 0)
        {
            throw new SnakepitConfigurationException(string.Join('\n', problems)) { Problems = problems };
        }
        check.WarnOfSmallPipes();
    }

    private IEnumerable<string> Descriptors()
    {
        long needed = _limits.OpenDescriptors + SpareDescriptors + (_workers * DescriptorsPerWorker);
        if ((ulong)needed > _limits.Descriptors)
        {
            yield return $"{_workers} workers, replacements and zygotes included, need about {needed} file descriptors; "
                + $"this process may have {_limits.Descriptors} and has {_limits.OpenDescriptors} open. "
                + "Lower Size, or raise the limit (ulimit -n).";
        }
    }

    private IEnumerable<string> Tasks()
    {
        long more = SpareTasks + (_workers * TasksPerWorker);
        if ((ulong)(_limits.AllTasks + more) <= _limits.Tasks)
        {
            yield break; // enough even if all of them were this user's
        }
        int tasks = _limits.CountUserTasks();
        if ((ulong)(tasks + more) > _limits.Tasks)
        {
            yield return $"{_workers} workers, replacements and zygotes included, need about {more} more processes and threads; "
                + $"this user may have {_limits.Tasks} and has {tasks}. Lower Size, or raise the limit (ulimit -u).";
        }
    }

    private void WarnOfSmallPipes()
    {
        ulong pages = (ulong)_workers * PipesPerWorker * PagesPerPipe;
        if (_limits.PipeSize < FullPipe || (pages > _limits.PipePages && _limits.SmallPipeSize < FullPipe))
        {
            _logger.PipesAreSmall(_workers, pages, _limits.PipePages, _limits.PipeSize);
        }
    }
}
