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

    /// <summary>Whether the worker takes no more calls, because it gives its sessions away.</summary>
    public bool Gives { get; set; }

    /// <summary>
    /// The number of workers that wait until this one is free to take a session over. It takes no calls that others may have.
    /// </summary>
    public int Expects { get; set; }

    /// <summary>Whether a session moves to the worker or away from it now, so that it takes no other calls.</summary>
    public bool Moves { get; set; }

    /// <summary>Whether nothing needs the worker, besides the calls that it has.</summary>
    public readonly bool IsEmpty => Calls.Count == 0 && StrictSessions == 0 && !Moves;

    public void Exchange(KernelImage image)
    {
        Calls.Exchange(image);
        Sessions = image.Of(Sessions);
        StrictSessions = image.Of(StrictSessions);
        Gives = image.Of(Gives);
        Expects = image.Of(Expects);
        Moves = image.Of(Moves);
    }
}
