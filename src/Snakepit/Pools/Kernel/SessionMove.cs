namespace Snakepit.Pools.Kernel;

internal enum MoveStage : byte
{
    /// <summary>The shell was told to move the session.</summary>
    Ordered,

    /// <summary>The old worker exports the state.</summary>
    Exporting,

    /// <summary>The shell has the state.</summary>
    Exported,

    /// <summary>The new worker imports the state.</summary>
    Importing,
}

/// <summary>The move of a session from one worker to another.</summary>
internal sealed class SessionMove
{
    public ulong Session { get; private set; }

    public WorkerKey From { get; private set; }

    public WorkerKey To { get; private set; }

    public MoveStage Stage { get; set; }

    public static SessionMove Create(ulong session, WorkerKey from, WorkerKey to) => new() { Session = session, From = from, To = to };

    public void Exchange(KernelImage image)
    {
        Session = image.Of(Session);
        From = image.Of(From);
        To = image.Of(To);
        Stage = image.Of(Stage);
    }
}

/// <summary>A call of a moving session has its outcome.</summary>
/// <param name="Session">The session.</param>
/// <param name="Succeeded">Whether the worker has exported or imported the state.</param>
/// <param name="IsLate">Whether it took too long.</param>
internal readonly record struct MoveReply(ulong Session, bool Succeeded, bool IsLate);
