namespace Snakepit.Lifecycle;

/// <summary>The private memory of a worker together with that of its child processes and the rest of its group. It does no I/O.</summary>
internal sealed class FamilyMemory
{
    private long _members;
    private long _membersAtMost;
    private bool _hasMembers;

    /// <summary>The worker's own memory.</summary>
    public MemoryEstimate Own { get; } = new();

    public long Total => Own.Value + _members;

    /// <summary>The most that exact readings could return.</summary>
    public long AtMost => Own.AtMost + _membersAtMost;

    /// <summary>The worker's resident memory, shared pages included, plus the upper bound of its child processes.</summary>
    public long ResidentAtMost => Own.Resident + _membersAtMost;

    public void ObserveMembers(bool any, long bytes, long atMost)
    {
        _hasMembers |= any;
        (_members, _membersAtMost) = (bytes, atMost);
    }

    /// <param name="now">The time of the reading.</param>
    /// <param name="privateBytes">The worker's private memory; null when it cannot be read.</param>
    public void Calibrate(TimeSpan now, long? privateBytes) => Own.Calibrate(now, privateBytes, _hasMembers);
}
