namespace Snakepit.Workers;

/// <summary>The zygote that is getting ready, the launches that wait for it, and how long they do. Used under its owner's lock.</summary>
internal sealed class ZygoteStart(TimeProvider time, TimeSpan patience)
{
    private List<WaitingLaunch> _waiting = [];
    private List<Action> _replacing = []; // told when what is forked or spawned from then on is up to date
    private ITimer? _timer;
    private long _begunAt;

    /// <summary>Null: none is getting ready.</summary>
    public IZygoteProcess? Process { get; private set; }

    /// <summary>No launch waits for it any more.</summary>
    public bool IsLate { get; private set; }

    /// <summary>It stands in for one that was ready.</summary>
    public bool IsRenewal { get; set; }

    public TimeSpan Elapsed => time.GetElapsedTime(_begunAt);

    public void Begin(IZygoteProcess process, Action onLate)
    {
        _begunAt = time.GetTimestamp();
        IsLate = false;
        _timer?.Dispose();
        _timer = time.CreateTimer(_ => onLate(), null, patience, Timeout.InfiniteTimeSpan);
        Process = process;
    }

    public void Wait(WorkerLaunch launch, IWorkerEvents events) => _waiting.Add(new WaitingLaunch(launch, events));

    /// <returns>Whether the worker waited.</returns>
    public bool Withdraw(IWorkerEvents events) => _waiting.RemoveAll(waiting => waiting.Events == events) > 0;

    public void TellWhenReplaced(Action onReplaced) => _replacing.Add(onReplaced);

    /// <summary>It may still get ready; until then workers do without.</summary>
    /// <returns>The launches that have waited for it.</returns>
    public List<WaitingLaunch> NoteLate()
    {
        IsLate = true;
        List<WaitingLaunch> waiting = _waiting;
        _waiting = [];
        return waiting;
    }

    /// <summary>However it went, no launch waits for it any more.</summary>
    /// <param name="outdated">The one before, which has served.</param>
    public ZygoteChange End(IZygoteProcess? outdated)
    {
        _timer?.Dispose();
        Process = null;
        var change = new ZygoteChange(_waiting, outdated, _replacing);
        (_waiting, _replacing) = ([], []);
        return change;
    }

    /// <summary>The pool is gone.</summary>
    public void Release()
    {
        _timer?.Dispose();
        Process = null;
        _waiting.Clear();
        _replacing.Clear();
    }
}
