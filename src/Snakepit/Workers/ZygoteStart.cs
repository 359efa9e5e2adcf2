namespace Snakepit.Workers;

/// <summary>A zygote that is starting, the launches that wait for it, and their time limit. Used under its owner's lock.</summary>
internal sealed class ZygoteStart(TimeProvider time, TimeSpan patience)
{
    private List<WaitingLaunch> _waiting = [];
    private List<Action> _replacing = []; // called when new workers have the new code
    private ITimer? _timer;
    private long _begunAt;

    /// <summary>The zygote; null when none is starting.</summary>
    public IZygoteProcess? Process { get; private set; }

    /// <summary>Whether launches no longer wait for it.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Whether it is to replace one that was ready.</summary>
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

    public void Wait(WorkerStart launch, IWorkerEvents events) => _waiting.Add(new WaitingLaunch(launch, events));

    /// <returns>Whether the launch waited.</returns>
    public bool Withdraw(IWorkerEvents events) => _waiting.RemoveAll(waiting => waiting.Events == events) > 0;

    public void TellWhenReplaced(Action onReplaced) => _replacing.Add(onReplaced);

    /// <summary>It may still get ready; until then workers start without it.</summary>
    /// <returns>The launches that waited for it.</returns>
    public List<WaitingLaunch> NoteLate()
    {
        IsLate = true;
        List<WaitingLaunch> waiting = _waiting;
        _waiting = [];
        return waiting;
    }

    /// <summary>The start has ended, with any result. Launches no longer wait for it.</summary>
    /// <param name="outdated">The zygote before it, which has served.</param>
    public ZygoteChange End(IZygoteProcess? outdated)
    {
        _timer?.Dispose();
        Process = null;
        var change = new ZygoteChange(_waiting, outdated, _replacing);
        (_waiting, _replacing) = ([], []);
        return change;
    }

    /// <summary>The pool has stopped.</summary>
    public void Release()
    {
        _timer?.Dispose();
        Process = null;
        _waiting.Clear();
        _replacing.Clear();
    }
}
