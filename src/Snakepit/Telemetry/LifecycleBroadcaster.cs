using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Snakepit.Telemetry;

/// <summary>
/// Sends lifecycle events to any number of watchers. A slow watcher loses its oldest events and gets their number; no other code waits for
/// it.
/// </summary>
internal sealed class LifecycleBroadcaster
{
    private const int QueueLimit = 1_024;

    private readonly Lock _gate = new();
    private volatile Watcher[] _watchers = [];
    private bool _completed;

    /// <summary>When false, an event need not be created.</summary>
    public bool HasWatchers => _watchers.Length > 0;

    /// <summary>Publishes an event. Never blocks, and runs no code of a watcher.</summary>
    public void Publish(LifecycleEvent happened)
    {
        foreach (Watcher watcher in _watchers)
        {
            watcher.Add(happened);
        }
    }

    /// <summary>
    /// Returns the events from this call on, not from the first read on. To be enumerated once. Leaving the enumeration, or cancelling it,
    /// ends the watch.
    /// </summary>
    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default)
    {
        Watcher watcher = new();
        lock (_gate)
        {
            if (_completed)
            {
                watcher.Complete();
            }
            else
            {
                _watchers = [.. _watchers, watcher];
            }
        }
        return ReadAsync(watcher, cancellationToken);
    }

    /// <summary>Ends the events: watchers get what is in their queues, then the end.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _completed = true;
            foreach (Watcher watcher in _watchers)
            {
                watcher.Complete();
            }
            _watchers = [];
        }
    }

    private async IAsyncEnumerable<LifecycleEvent> ReadAsync(Watcher watcher, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (LifecycleEvent happened in watcher.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return happened;
            }
        }
        finally
        {
            Remove(watcher);
        }
    }

    private void Remove(Watcher watcher)
    {
        watcher.Complete();
        lock (_gate)
        {
            _watchers = Array.FindAll(_watchers, other => other != watcher);
        }
    }

    /// <summary>The queue of one watcher.</summary>
    private sealed class Watcher
    {
        private readonly Channel<LifecycleEvent> _queue;
        private long _dropped;

        public Watcher() => _queue = Channel.CreateBounded<LifecycleEvent>(
            new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));

        public void Add(LifecycleEvent happened) => _queue.Writer.TryWrite(happened);

        public void Complete() => _queue.Writer.TryComplete();

        public async IAsyncEnumerable<LifecycleEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            long dropped = 0;
            while (await _queue.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                // The count is taken before the event: events that are dropped in between count with the next one.
                dropped += Interlocked.Exchange(ref _dropped, 0);
                if (_queue.Reader.TryRead(out LifecycleEvent? happened))
                {
                    yield return dropped > 0 ? happened with { Dropped = dropped } : happened;
                    dropped = 0;
                }
            }
        }
    }
}
