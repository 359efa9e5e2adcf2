namespace Snakepit.Calls;

/// <summary>
/// Marks that a caller must be continued, once, by the first thread that takes the mark. Also tells whether the completion watch watches
/// the call.
/// </summary>
internal struct DueMark
{
    private int _value;
    private int _last;
    private int _isWatched;

    /// <summary>Not 0 while the mark is set; a different number each time.</summary>
    public readonly int Value => Volatile.Read(in _value);

    public void Set()
    {
        _last = _last == int.MaxValue ? 1 : _last + 1;
        Interlocked.Exchange(ref _value, _last); // before the check whether the call is watched
    }

    /// <returns>False when the mark was not set, or another thread has taken it.</returns>
    public bool TryTake() => Interlocked.Exchange(ref _value, 0) != 0;

    /// <returns>False when the call is watched already.</returns>
    public bool TryWatch() => Volatile.Read(ref _isWatched) == 0 && Interlocked.Exchange(ref _isWatched, 1) == 0;

    public void EndWatch() => Interlocked.Exchange(ref _isWatched, 0);
}
