namespace Snakepit.Lifecycle;

/// <summary>Tells its listeners every five seconds how many bytes this process and its children can still take. They come and go on any
/// thread; it is read on the sampler's.</summary>
internal sealed class FreeMemoryWatch(Func<long?> read)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Action<long>? _listeners;
    private TimeSpan _next;

    /// <summary>When it is to be told next; never while nobody listens.</summary>
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
