namespace Snakepit.Calls;

/// <summary>
/// The calls that were given to a thread pool all of whose threads were busy. A call that the pool has not run between two looks is run
/// elsewhere.
/// </summary>
/// <param name="run">Has a call run elsewhere if that is possible now, unless the pool does so first.</param>
internal sealed class CompletionWatch(Action<UnaryCall> run)
{
    private readonly Lock _gate = new();
    private readonly List<(UnaryCall Call, int Due)> _seen = []; // the looker's own
    private List<UnaryCall> _added = [];
    private List<UnaryCall> _spare = [];

    /// <summary>A call was added since the last look.</summary>
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

    /// <summary>Adds a call that has become due. A call that is watched already costs next to nothing.</summary>
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

    /// <summary>Looks at every call. By one thread at a time.</summary>
    /// <returns>False: nothing is watched.</returns>
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

    /// <summary>Ends the watch of a call that is not due; false when it has become due meanwhile and is to be watched on.</summary>
    private static bool TryLeave(UnaryCall call)
    {
        call.EndWatch();
        return call.Due == 0 || !call.TryWatch();
    }
}
