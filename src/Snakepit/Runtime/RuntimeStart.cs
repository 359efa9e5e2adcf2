using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Snakepit.Doctor;
using Snakepit.Lifecycle;
using Snakepit.Pools;
using Snakepit.Processes;
using Snakepit.Values;
using Snakepit.Workers;

namespace Snakepit.Runtime;

/// <summary>
/// Starts a runtime's pools: prepares and launches their workers, checks again for what is missing, and waits as
/// <see cref="SnakepitOptions.StartPolicy"/> says.
/// </summary>
internal sealed class RuntimeStart(
    SnakepitOptions options, RuntimePools pools, RuntimeServices services, ValueCodecs codecs, Sampler sampler, HostBudget? budget,
    ILogger logger)
    : IDisposable
{
    private readonly StartGate _gate = new(
        options.MaxConcurrentStarts
        ?? Math.Max(2 * Environment.ProcessorCount, pools.All.Max(static pool => pool.Settings.Options.Start.MaxConcurrent)),
        budget);

    private WorkerPreparation? _preparation;
    private readonly ConcurrentBag<Task> _lookingAgain = [];

    /// <summary>Completes when the start of the workers has begun, or has failed.</summary>
    public Task Launched { get; private set; } = Task.CompletedTask;

    /// <summary>Whether the start of the workers has begun.</summary>
    public bool HasBegun => _preparation is not null;

    private bool ThrowsFailures => options.StartPolicy is StartPolicy.AllReady or StartPolicy.Checked;

    public void Begin(CancellationToken stopping) => Launched = LaunchAsync(stopping);

    /// <summary>Waits until no more starts are attempted. Failures are reported elsewhere.</summary>
    public async Task WhenOver()
    {
        await Launched.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_lookingAgain).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (options.StartPolicy == StartPolicy.Background)
        {
            return;
        }
        await Launched.WaitAsync(cancellationToken).ConfigureAwait(false);
        bool any = options.StartPolicy == StartPolicy.AnyReady;
        Exception? first = null;
        List<Task> waits =
        [
            .. pools.All.Select(pool => options.StartPolicy == StartPolicy.Checked
                ? CheckAsync(pool, cancellationToken)
                : pool.WaitUntilReadyAsync(null, cancellationToken)),
        ];
        try
        {
            while (waits.Count > 0)
            {
                Task done = await Task.WhenAny(waits).ConfigureAwait(false);
                waits.Remove(done);
                if (done.IsCompletedSuccessfully && any)
                {
                    return;
                }
                first ??= done.Exception?.InnerException;
                if (!done.IsCompletedSuccessfully && !any)
                {
                    await done.ConfigureAwait(false); // throws
                }
            }
        }
        finally
        {
            waits.ForEach(Observe);
        }
        cancellationToken.ThrowIfCancellationRequested();
        if (any && first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }

    /// <summary>Compares the sizes of pools with the limits of this process, unless their workers are no processes.</summary>
    /// <exception cref="SnakepitConfigurationException">The sizes are too large.</exception>
    public void CheckLimits(IReadOnlyDictionary<string, PoolOptions> sizes)
    {
        if (services.Starter is null)
        {
            LimitCheck.Run(sizes, HostLimits.Read(), logger, pools.All.Sum(static pool => pool.GetSnapshot().Workers.Count));
        }
    }

    /// <summary>Finds everything that the workers of a pool with these options need. The start must have begun.</summary>
    /// <exception cref="AdapterLoadException">The adapter's file does not exist.</exception>
    /// <exception cref="PythonNotFoundException">There is no interpreter for the pool.</exception>
    public Task<WorkerBlueprint> PrepareAsync(string pool, PoolOptions poolOptions, CancellationToken stopping) =>
        _preparation!.PrepareAsync(pool, poolOptions, stopping);

    /// <summary>Launches the workers of a pool that a reload adds.</summary>
    public void Launch(WorkerPool pool, WorkerBlueprint blueprint) => pool.Start(_preparation!.Starter, blueprint, _gate);

    public void Dispose() => _preparation?.Dispose();

    /// <summary>
    /// Observes a wait that is no longer awaited. It fails at the latest when the pool stops; its exception is not to be reported as
    /// unobserved.
    /// </summary>
    private static void Observe(Task wait) => wait.ContinueWith(
        static failed => failed.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Waits until a worker is ready, or the first one has failed. Throws only if another attempt would be useless.</summary>
    private static async Task CheckAsync(WorkerPool pool, CancellationToken cancellationToken)
    {
        try
        {
            await pool.WaitUntilReadyAsync(1, cancellationToken).ConfigureAwait(false);
        }
        catch (AdapterLoadException error) when (!IsForGood(error))
        {
            // The pool continues to try; its log and its health show the reason.
        }
    }

    /// <summary>
    /// Returns whether the adapter's code, or the installed packages, must change. An adapter that raises another exception may succeed the
    /// next time.
    /// </summary>
    private static bool IsForGood(AdapterLoadException failure) =>
        failure.Error is { } raised && (raised.Is("snakepit.AdapterError") || raised.Is("ImportError") || raised.Is("SyntaxError"));

    private static SnakepitException CannotPrepare(Exception e) =>
        e as SnakepitException ?? new SnakepitConfigurationException($"The workers could not be prepared: {Shown.Message(e)}");

    private async Task LaunchAsync(CancellationToken stopping)
    {
        try
        {
            // A start in the background does not wait for the probe of an interpreter, and does not run in the caller's synchronization
            // context.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (services.Starter is null)
            {
                sampler.Start();
                CheckLimits(pools.Options);
            }
            _preparation = new WorkerPreparation(services, codecs.Json, budget is { LimitsMemory: true } ? _gate : null);
            List<(WorkerPool Pool, TimeSpan Pause)> lacking = [];
            foreach (WorkerPool pool in pools.All)
            {
                // An installation takes minutes, which no other pool has to wait for.
                TimeSpan? pause = pool.Settings.Options.Python.PrepareEnvironment
                    ? TimeSpan.Zero
                    : await TryLaunchAsync(pool, stopping).ConfigureAwait(false);
                if (pause is { } wait)
                {
                    lacking.Add((pool, wait));
                }
            }
            lacking.ForEach(one => _lookingAgain.Add(LaunchLaterAsync(one.Pool, one.Pause, stopping)));
            ThreadPool.UnsafeQueueUserWorkItem(static codecs => codecs.Prepare(), codecs, preferLocal: false); // while workers boot
        }
        catch (Exception e) when (!stopping.IsCancellationRequested) // otherwise the pools are being stopped, which they report themselves
        {
            foreach (WorkerPool pool in pools.All)
            {
                pool.GiveUp(CannotPrepare(e), ThrowsFailures);
            }
            throw;
        }
    }

    /// <returns>The time until the next check; null when nothing is missing.</returns>
    private async Task<TimeSpan?> TryLaunchAsync(WorkerPool pool, CancellationToken stopping)
    {
        try
        {
            WorkerBlueprint blueprint = await PrepareAsync(pool.Name, pool.Settings.Options, stopping).ConfigureAwait(false);
            Launch(pool, blueprint);
        }
        catch (SnakepitException e) when (e is AdapterLoadException or PythonNotFoundException && !ThrowsFailures)
        {
            return pool.CannotStart(e);
        }
        catch (SnakepitException e)
        {
            pool.GiveUp(e, ThrowsFailures);
            if (ThrowsFailures)
            {
                throw;
            }
        }
        return null;
    }

    /// <summary>Checks until nothing is missing, or the runtime stops.</summary>
    private async Task LaunchLaterAsync(WorkerPool pool, TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            for (TimeSpan? next = pause; next is { } wait; next = await TryLaunchAsync(pool, stopping).ConfigureAwait(false))
            {
                TimeSpan longest = TimeSpan.FromDays(1); // the longest backoff may exceed the longest time of a timer
                await Task.Delay(wait < longest ? wait : longest, services.TimeProvider, stopping).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            pool.GiveUp(CannotPrepare(e), isThrown: false);
        }
    }
}
