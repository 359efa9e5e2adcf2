using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Snakepit.Lifecycle;
using Snakepit.Pools;
using Snakepit.Processes;
using Snakepit.Transport.Values;
using Snakepit.Workers;

namespace Snakepit;

/// <summary>The start of a runtime's pools: prepares their workers, launches them, looks again for what is missing, and waits as <see
/// cref="SnakepitOptions.StartPolicy"/> says.</summary>
internal sealed class RuntimeStart(
    SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> poolOptions, RuntimePools pools, RuntimeServices services,
    ValueCodecs codecs, Sampler sampler, ILogger logger)
    : IDisposable
{
    private readonly StartGate _gate = new(
        options.MaxConcurrentStarts
        ?? Math.Max(2 * Environment.ProcessorCount, poolOptions.Values.Max(static pool => pool.Start.MaxConcurrent)));

    private WorkerPreparation? _preparation;
    private Task _lookingAgain = Task.CompletedTask;

    /// <summary>Completes when the workers' start has begun, or cannot.</summary>
    public Task Launched { get; private set; } = Task.CompletedTask;

    private bool ThrowsFailures => options.StartPolicy is StartPolicy.AllReady or StartPolicy.Checked;

    public void Begin(CancellationToken stopping) => Launched = LaunchAsync(stopping);

    /// <summary>Waits until nothing is started any more. Failures are others' to tell.</summary>
    public async Task WhenOver()
    {
        await Launched.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _lookingAgain.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    public void Dispose() => _preparation?.Dispose();

    /// <summary>Nobody waits for it any more. It fails at the latest when the pool stops, which is no news to anybody.</summary>
    private static void Observe(Task wait) => wait.ContinueWith(
        static failed => failed.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Waits until a worker is ready, or the first has failed. Throws only what no further attempt repairs.</summary>
    private static async Task CheckAsync(WorkerPool pool, CancellationToken cancellationToken)
    {
        try
        {
            await pool.WaitUntilReadyAsync(1, cancellationToken).ConfigureAwait(false);
        }
        catch (AdapterLoadException error) when (!IsForGood(error))
        {
            // The pool goes on trying, and its log and its health tell why.
        }
    }

    /// <summary>The adapter's code, or what is installed, has to change. An adapter that raises something else may find a better world next
    /// time.</summary>
    private static bool IsForGood(AdapterLoadException failure) =>
        failure.Error is { } raised && (raised.Is("snakepit.AdapterError") || raised.Is("ImportError") || raised.Is("SyntaxError"));

    private static SnakepitException CannotPrepare(Exception e) =>
        e as SnakepitException ?? new SnakepitConfigurationException($"The workers could not be prepared: {Shown.Message(e)}");

    private async Task LaunchAsync(CancellationToken stopping)
    {
        try
        {
            // A start in the background does not wait for an interpreter's probe, and no context of the caller's runs it.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            if (services.Launcher is null)
            {
                sampler.Start();
                LimitCheck.Run(poolOptions, HostLimits.Read(), logger);
            }
            _preparation = new WorkerPreparation(services, codecs.Json);
            List<(WorkerPool Pool, TimeSpan Pause)> lacking = [];
            foreach (WorkerPool pool in pools.All)
            {
                if (await TryLaunchAsync(pool, stopping).ConfigureAwait(false) is { } pause)
                {
                    lacking.Add((pool, pause));
                }
            }
            _lookingAgain = Task.WhenAll(lacking.Select(one => LaunchLaterAsync(one.Pool, one.Pause, stopping)));
            ThreadPool.UnsafeQueueUserWorkItem(static codecs => codecs.Prepare(), codecs, preferLocal: false); // while workers boot
        }
        catch (Exception e) when (!stopping.IsCancellationRequested) // else the pools are being stopped, which is all they have to say
        {
            foreach (WorkerPool pool in pools.All)
            {
                pool.GiveUp(CannotPrepare(e), ThrowsFailures);
            }
            throw;
        }
    }

    /// <returns>Null, unless something is missing: after how long to look again.</returns>
    private async Task<TimeSpan?> TryLaunchAsync(WorkerPool pool, CancellationToken stopping)
    {
        try
        {
            WorkerBlueprint blueprint =
                await _preparation!.PrepareAsync(pool.Name, poolOptions[pool.Name], stopping).ConfigureAwait(false);
            pool.Start(_preparation.Launcher, blueprint, _gate);
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

    /// <summary>Until what is missing is there, or the runtime stops.</summary>
    private async Task LaunchLaterAsync(WorkerPool pool, TimeSpan pause, CancellationToken stopping)
    {
        try
        {
            for (TimeSpan? next = pause; next is { } wait; next = await TryLaunchAsync(pool, stopping).ConfigureAwait(false))
            {
                TimeSpan longest = TimeSpan.FromDays(1); // no timer counts to the longest backoff there may be
                await Task.Delay(wait < longest ? wait : longest, services.TimeProvider, stopping).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            pool.GiveUp(CannotPrepare(e), isThrown: false);
        }
    }
}
