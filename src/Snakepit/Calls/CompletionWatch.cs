namespace Snakepit.Calls;

/// <summary>
/// Watches the calls that were queued to the thread pool while all its threads were busy. A call that the pool has not run between two
/// checks is run elsewhere.
/// </summary>
/// <param name="run">Runs a call elsewhere if that is possible now, unless the pool does so first.</param>
internal sealed class CompletionWatch(Action<UnaryCall> run)
{
    private readonly Lock _gate = new();
    private readonly List<(UnaryCall Call, int Due)> _seen = []; // used by the checking thread only
    private List<UnaryCall> _added = [];
    private List<UnaryCall> _spare = [];

    /// <summary>Whether a call was added since the last check.</summary>
    public bool HasNew
    {
        get
        {
            lock (_gate)
            {
                return _added.Count > 0;
            }
        }
    }

    /// <summary>Adds a call whose caller is to be continued. Adding a watched call again is cheap.</summary>
    public void Add(UnaryCall call)
    {
        if (call.TryWatch())
        {
            lock (_gate)
            {
                _added.Add(call);
            }
        }
    }

    /// <summary>Checks every call. For one thread at a time.</summary>
    /// <returns>False when no call is watched.</returns>
    public bool Look()
    {
        int kept = 0;
        for (int i = 0; i < _seen.Count; i++)
        {
            (UnaryCall call, int before) = _seen[i];
            int due = call.Due;
            if (due != 0 && due == before)
            {
                run(call);
            }
            if (due != 0 || !TryLeave(call))
            {
                _seen[kept++] = (call, due);
            }
        }
        _seen.RemoveRange(kept, _seen.Count - kept);
        lock (_gate)
        {
            (_added, _spare) = (_spare, _added);
        }
        foreach (UnaryCall call in _spare)
        {
            _seen.Add((call, call.Due));
        }
        _spare.Clear();
        return _seen.Count > 0;
    }

    /// <summary>Ends the watch of a call that is not due; returns false when it has become due meanwhile and stays watched.</summary>
    private static bool TryLeave(UnaryCall call)
    {
        call.EndWatch();
        return call.Due == 0 || !call.TryWatch();
    }
}
