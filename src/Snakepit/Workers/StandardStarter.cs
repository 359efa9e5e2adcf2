using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>
/// Starts workers with the means that .NET has on every platform, without a launcher, zygotes or shared pages. When the host dies, a
/// worker's control channel ends, and the worker ends; on Windows its job ends it.
/// </summary>
internal sealed class StandardStarter(ILogger logger) : IWorkerStarter
{
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<StandardChannel, Task> _running = new();
    private bool _zygoteTold;
    private volatile bool _disposed;

    public void Launch(WorkerStart launch, IWorkerEvents events)
    {
        if (launch.Blueprint.UsesZygote && !Interlocked.Exchange(ref _zygoteTold, true))
        {
            logger.ZygoteRefused(launch.Id.Pool, "this platform has no fork");
        }
        ThreadPool.UnsafeQueueUserWorkItem(
            static start => start.Starter.Start(start.launch, start.events), (Starter: this, launch, events), preferLocal: false);
    }

    /// <summary>Ends all workers that are left. No events follow once this returns.</summary>
    public void Dispose()
    {
        _disposed = true;
        Task[] ends = [.. _running.Values];
        foreach (StandardChannel channel in _running.Keys)
        {
            channel.Kill();
        }
        _ = Task.WaitAll(ends, s_end);
    }

    private void Start(WorkerStart launch, IWorkerEvents events)
    {
        StandardProcess? process = null;
        StandardChannel channel;
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            process = StandardProcess.Start(launch.Blueprint.Command!);
            channel = new StandardChannel(launch, events, process);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OutOfMemoryException or ThreadStartException)
        {
            process?.Kill();
            process?.Dispose();
            events.OnFailed(new WorkerFailure("launch", e.Message));
            events.OnExited(ChildExit.Never, []);
            return;
        }
        events.OnLaunched(channel);
        Task end = channel.RunAsync();
        _running[channel] = end;
        _ = end.ContinueWith(_ => _running.TryRemove(channel, out Task? _), TaskScheduler.Default);
        if (_disposed)
        {
            channel.Kill();
        }
    }
}
