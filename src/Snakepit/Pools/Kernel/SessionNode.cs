namespace Snakepit.Pools.Kernel;

/// <summary>A session: a row of calls that share the state which their worker keeps for them.</summary>
/// <param name="number">The number that the shell has given it, and gives to no other session.</param>
internal sealed class SessionNode(ulong number)
{
    public ulong Number { get; } = number;

    public SessionPhase Phase { get; set; }

    /// <summary>The worker that had its last call; null before the first one, and when that worker has left.</summary>
    public WorkerNode? Worker { get; set; }

    /// <summary>Whether no other worker may have its calls. It stays so once a call has asked for it.</summary>
    public bool IsStrict { get; set; }

    /// <summary>Whether its worker has tried to give it away.</summary>
    public bool IsTried { get; set; }

    /// <summary>The number of its calls that wait or that workers have; one more while it moves.</summary>
    public int Calls { get; set; }

    /// <summary>The time of the beginning or the end of its last call.</summary>
    public long UsedAt { get; set; }

    /// <summary>The reason for which its worker left, if the session is lost.</summary>
    public Reason LostFor { get; set; }

    // The neighbours in the order of their last use.
    public SessionNode? Older { get; set; }

    public SessionNode? Newer { get; set; }

    public void Exchange(KernelImage image)
    {
        Phase = image.Of(Phase);
        Worker = image.OfMention(Worker);
        IsStrict = image.Of(IsStrict);
        IsTried = image.Of(IsTried);
        Calls = image.Of(Calls);
        UsedAt = image.Of(UsedAt);
        LostFor = image.Of(LostFor);
    }
}
