namespace Snakepit.Lifecycle;

/// <summary>The private memory of a worker together with that of its child processes, and whoever else is in its group. Pure.</summary>
internal sealed class FamilyMemory
{
    private long _members;
    private long _membersAtMost;
    private bool _hasMembers;

    /// <summary>The worker's own.</summary>
    public MemoryEstimate Own { get; } = new();

    public long Total => Own.Value + _members;

    /// <summary>What exact readings could say at most.</summary>
    public long AtMost => Own.AtMost + _membersAtMost;

    /// <summary>What the worker has resident, shared or not, and its child processes at most.</summary>
    public long ResidentAtMost => Own.Resident + _membersAtMost;

    public void ObserveMembers(bool any, long bytes, long atMost)
    {
        _hasMembers |= any;
        (_members, _membersAtMost) = (bytes, atMost);
    }

    /// <param name="now">When it was read.</param>
    /// <param name="privateBytes">The worker's own; null: it can't be read.</param>
    public void Calibrate(TimeSpan now, long? privateBytes) => Own.Calibrate(now, privateBytes, _hasMembers);
}
