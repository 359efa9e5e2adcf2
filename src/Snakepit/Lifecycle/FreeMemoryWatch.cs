namespace Snakepit.Lifecycle;

/// <summary>
/// Reports to its listeners every five seconds how many bytes this process and its children can still allocate. They subscribe on any
/// thread; it reads on the sampler's.
/// </summary>
internal sealed class FreeMemoryWatch(Func<long?> read)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Action<long>? _listeners;
    private TimeSpan _next;

    /// <summary>The time of the next report; never while there is no listener.</summary>
    public TimeSpan Due => Listeners is null ? TimeSpan.MaxValue : _next;

    private Action<long>? Listeners
    {
        get
        {
            lock (_gate)
            {
                return _listeners;
            }
        }
    }

    public void Add(Action<long> listener)
    {
        lock (_gate)
        {
            _listeners += listener;
        }
    }

    public void Remove(Action<long> listener)
    {
        lock (_gate)
        {
            _listeners -= listener;
        }
    }

    public void Tell(TimeSpan now)
    {
        _next = Sampler.NextTime(now, s_every);
        if (Listeners is { } listeners && read() is { } bytes)
        {
            listeners(bytes);
        }
    }
}
