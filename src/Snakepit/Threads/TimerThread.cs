namespace Snakepit.Threads;

/// <summary>
/// The system's clock with timers on a thread of its own. Deadlines and kills must be on time where the thread pool is starved, which is
/// when they are needed. Callbacks run one after another: they are short, and none runs user code.
/// </summary>
/// <param name="onError">Gets the exceptions of callbacks, which do not affect other timers.</param>
internal sealed class TimerThread(Action<Exception> onError) : TimeProvider, IDisposable
{
    private readonly object _gate = new(); // a monitor, because the thread waits on it
    private readonly List<Entry> _entries = []; // the armed timers
    private bool _running;
    private bool _disposed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Entry(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Ends the thread: no timer fires any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _entries.Clear();
            Monitor.Pulse(_gate);
        }
    }

    private bool Arm(Entry timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            _entries.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan || _disposed)
            {
                return !_disposed;
            }
            timer.Due = Environment.TickCount64 + (long)Math.Ceiling(dueTime.TotalMilliseconds);
            timer.Period = period == Timeout.InfiniteTimeSpan ? 0 : (long)period.TotalMilliseconds;
            _entries.Add(timer);
            if (_running)
            {
                Monitor.Pulse(_gate);
                return true;
            }
            _running = true;
        }
        new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Snakepit timers", Priority = ThreadPriority.Highest }.UnsafeStart();
        return true;
    }

    private void Run()
    {
        while (TryTakeDue(out Entry? timer))
        {
            try
            {
                timer?.Fire();
            }
            catch (Exception error)
            {
                onError(error);
            }
        }
    }

    /// <returns>False when the object was disposed.</returns>
    private bool TryTakeDue(out Entry? timer)
    {
        lock (_gate)
        {
            timer = null;
            foreach (Entry entry in _entries)
            {
                timer = timer is null || entry.Due < timer.Due ? entry : timer;
            }
            long now = Environment.TickCount64;
            if (timer is null || timer.Due > now)
            {
                int wait = timer is null ? Timeout.Infinite : (int)Math.Min(timer.Due - now, int.MaxValue);
                timer = null;
                if (!_disposed)
                {
                    Monitor.Wait(_gate, wait);
                }
                return !_disposed;
            }
            timer.Due += timer.Period;
            if (timer.Period == 0)
            {
                _entries.Remove(timer);
            }
            return true;
        }
    }

    private sealed class Entry(TimerThread owner, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>In milliseconds of the system's uptime.</summary>
        public long Due { get; set; }

        /// <summary>In milliseconds; 0 when the timer fires once.</summary>
        public long Period { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period) => owner.Arm(this, dueTime, period);

        public void Fire() => callback(state);

        public void Dispose() => owner.Arm(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
