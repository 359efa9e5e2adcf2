namespace Snakepit.Pools.Kernel;

/// <summary>The work that a step has made due. Handlers record it here, and the end of the step does it; empty between steps.</summary>
internal sealed class Agenda
{
    private Due _due;

    /// <summary>Whether nothing is due, as after most calls.</summary>
    public bool IsEmpty => _due == Due.Nothing;

    /// <summary>Whether another call may be first now, or a worker may have room.</summary>
    public bool Dispatch
    {
        get => (_due & Due.Dispatch) != 0;
        set => Set(Due.Dispatch, value);
    }

    /// <summary>Whether other workers may have to serve, start or rest.</summary>
    public bool Staff
    {
        get => (_due & Due.Staff) != 0;
        set => Set(Due.Staff, value);
    }

    /// <summary>Whether the next wake-up time may have changed.</summary>
    public bool Wake
    {
        get => (_due & Due.Wake) != 0;
        set => Set(Due.Wake, value);
    }

    /// <summary>Whether sessions are to be forgotten.</summary>
    public bool Sessions
    {
        get => (_due & Due.Sessions) != 0;
        set => Set(Due.Sessions, value);
    }

    /// <summary>The calls of moving sessions that have their outcomes.</summary>
    public List<MoveReply> Moves { get; } = [];

    /// <summary>Workers that may have room for the calls bound to them, or nothing more to do.</summary>
    public List<WorkerNode> Lanes { get; } = [];

    public void LookAt(WorkerNode worker)
    {
        Lanes.Add(worker);
        _due |= Due.Lanes;
    }

    public void Note(in MoveReply reply)
    {
        Moves.Add(reply);
        _due |= Due.Moves;
    }

    public void Clear() => _due = Due.Nothing;

    /// <summary>A kernel is saved and loaded between steps, when nothing is due.</summary>
    public void Exchange(KernelImage image) => _due = image.Of(Due.Nothing);

    private void Set(Due what, bool isDue) => _due = isDue ? _due | what : _due & ~what;

    [Flags]
    private enum Due
    {
        Nothing = 0,
        Dispatch = 1,
        Staff = 2,
        Wake = 4,
        Lanes = 8,
        Sessions = 16,
        Moves = 32,
    }
}
