namespace Snakepit.Pools.Kernel;

/// <summary>What a step has made due. Handlers note it here, and the step's end carries it out; empty between steps.</summary>
internal sealed class Agenda
{
    private Due _due;

    /// <summary>Nothing is due: so it is after most calls.</summary>
    public bool IsEmpty => _due == Due.Nothing;

    /// <summary>Another call may come first, or a worker may have room.</summary>
    public bool Dispatch
    {
        get => (_due & Due.Dispatch) != 0;
        set => Set(Due.Dispatch, value);
    }

    /// <summary>Other workers may have to serve, start or rest.</summary>
    public bool Staff
    {
        get => (_due & Due.Staff) != 0;
        set => Set(Due.Staff, value);
    }

    /// <summary>The next wake may be another one.</summary>
    public bool Wake
    {
        get => (_due & Due.Wake) != 0;
        set => Set(Due.Wake, value);
    }

    /// <summary>Workers that may have room for the calls that wait for them, or nothing more to do.</summary>
    public List<WorkerNode> Lanes { get; } = [];

    public void LookAt(WorkerNode worker)
    {
        Lanes.Add(worker);
        _due |= Due.Lanes;
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
    }
}
