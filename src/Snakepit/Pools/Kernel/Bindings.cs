namespace Snakepit.Pools.Kernel;

/// <summary>What is bound to one worker: calls that wait for it and no other, and sessions.</summary>
internal struct Bindings
{
    /// <summary>The lane: the calls that wait.</summary>
    public CallList Calls;

    public static Bindings Empty => new() { Calls = CallList.Empty };

    /// <summary>The number of calls that wait.</summary>
    public readonly int Count => Calls.Count;

    /// <summary>The call that came first; -1 when none waits.</summary>
    public readonly int First => Calls.First;

    /// <summary>The number of sessions.</summary>
    public int Sessions { get; set; }

    /// <summary>The number of those sessions that no other worker can serve.</summary>
    public int StrictSessions { get; set; }

    public void Exchange(KernelImage image)
    {
        Calls.Exchange(image);
        Sessions = image.Of(Sessions);
        StrictSessions = image.Of(StrictSessions);
    }
}
