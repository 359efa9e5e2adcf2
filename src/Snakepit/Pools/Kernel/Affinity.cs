namespace Snakepit.Pools.Kernel;

/// <summary>Which worker a call of a session may have, and what it does while that worker is busy.</summary>
internal enum Affinity : byte
{
    /// <summary>The session's worker if it is free, else any: the session moves there.</summary>
    Hint,

    /// <summary>Only the session's worker. The call waits for it.</summary>
    StrictQueue,

    /// <summary>Only the session's worker. The call is rejected while it is busy.</summary>
    StrictFailFast,
}
