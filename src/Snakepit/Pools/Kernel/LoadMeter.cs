namespace Snakepit.Pools.Kernel;

/// <summary>
/// Measures a pool's load between two looks: the time that workers spent on calls, and the calls that arrived and ended. From these follow
/// the mean time of a call and the offered load. Only what the kernel knows at its steps is used.
/// </summary>
internal struct LoadMeter
{
    private long _beganAt;
    private long _at;
    private int _running;
    private int _waiting;
    private long _arrived; // since the pool's begin
    private long _arrivedBefore; // at the last look
    private int _inSystemBefore;
    private double _busy; // the running calls times the time, since the last look
    private double _perCall; // the learned time of a call; 0 when unknown

    /// <summary>Time passes with the load as it was set last.</summary>
    public void Advance(long now)
    {
        if (now > _at)
        {
            _busy += (double)_running * (now - _at);
            _at = now;
        }
    }

    public void Set(long now, int running, int waiting, long arrived)
    {
        _at = Math.Max(_at, now);
        (_running, _waiting, _arrived) = (running, waiting, arrived);
    }

    /// <summary>Begins the next measurement.</summary>
    public void Begin(long now)
    {
        _perCall = LearnedTime();
        (_beganAt, _at, _busy) = (now, now, 0);
        (_arrivedBefore, _inSystemBefore) = (_arrived, _running + _waiting);
    }

    /// <summary>Returns the number of workers for the offered load, or for the work that was done if that is more.</summary>
    /// <param name="capacity">The calls that a worker runs at once.</param>
    /// <param name="share">The part of the workers' time that may be used.</param>
    public readonly int WorkersFor(int capacity, double share)
    {
        double elapsed = Math.Max(1, _at - _beganAt);
        return Round(Math.Max(_busy, LearnedTime() * (_arrived - _arrivedBefore)) / elapsed / (capacity * share));
    }

    /// <summary>
    /// Returns the number of workers for the load since which calls wait, and for what will wait by the time at which new workers are
    /// ready, to be done in the time of another start.
    /// </summary>
    /// <param name="capacity">The calls that a worker runs at once.</param>
    /// <param name="share">The part of the workers' time that may be used.</param>
    /// <param name="delay">The time in which the waiting calls have arrived.</param>
    /// <param name="start">The time that a start takes.</param>
    public readonly int WorkersForDelay(int capacity, double share, long delay, long start)
    {
        double perCall = LearnedTime();
        double tooMuch = perCall == 0 ? _waiting : perCall * _waiting / delay; // beyond what the present workers do
        double backlog = tooMuch * (delay + start) / Math.Max(delay, start);
        return Round((_running + Math.Min(tooMuch, _waiting) + Math.Min(backlog, _waiting)) / (capacity * share));
    }

    /// <summary>Returns whether more calls ran on average.</summary>
    public readonly bool IsFull(double running) => _busy > running * Math.Max(1, _at - _beganAt);

    public void Exchange(KernelImage image)
    {
        _beganAt = image.Of(_beganAt);
        _at = image.Of(_at);
        _running = image.Of(_running);
        _waiting = image.Of(_waiting);
        _arrived = image.Of(_arrived);
        _arrivedBefore = image.Of(_arrivedBefore);
        _inSystemBefore = image.Of(_inSystemBefore);
        _busy = image.Of(_busy);
        _perCall = image.Of(_perCall);
    }

    private static int Round(double workers) => (int)Math.Min(Math.Ceiling(workers), int.MaxValue / 2);

    /// <summary>Returns the mean time of a call, that of recent calls more than that of older ones.</summary>
    private readonly double LearnedTime()
    {
        long ended = _arrived - _arrivedBefore - (_running + _waiting - _inSystemBefore);
        double recent = ended > 0 ? _busy / ended : 0;
        return ended <= 0 ? _perCall : _perCall == 0 ? recent : (_perCall + recent) / 2;
    }
}
