namespace Snakepit;

/// <summary>Specifies the kind of work for which a pool's default timeouts are chosen.</summary>
public enum TimeoutProfile
{
    /// <summary>Calls that take seconds, for most applications.</summary>
    Balanced,

    /// <summary>Calls that users wait for: slow ones fail early.</summary>
    LowLatency,

    /// <summary>Models that take minutes to load and to answer.</summary>
    MachineLearning,

    /// <summary>Jobs in the background: calls may run for an hour and wait for minutes.</summary>
    Batch,

    /// <summary>Code in a debugger: calls and heartbeats have time to stop at a breakpoint.</summary>
    Development,
}
