namespace Snakepit.Calls;

/// <summary>Says that a caller is to be continued, once, by whichever thread is first, and whether the completion watch looks after
/// that.</summary>
internal struct DueMark
{
    private int _value;
    private int _last;
    private int _isWatched;

    /// <summary>Not 0 while it is set; another number each time.</summary>
    public readonly int Value => Volatile.Read(in _value);

    public void Set()
    {
        _last = _last == int.MaxValue ? 1 : _last + 1;
        Interlocked.Exchange(ref _value, _last); // before it is seen whether this is watched
    }

    /// <returns>False: it was not set, or another thread has taken it.</returns>
    public bool TryTake() => Interlocked.Exchange(ref _value, 0) != 0;

    /// <returns>False: it is watched already.</returns>
    public bool TryWatch() => Volatile.Read(ref _isWatched) == 0 && Interlocked.Exchange(ref _isWatched, 1) == 0;

    public void EndWatch() => Interlocked.Exchange(ref _isWatched, 0);
}
