namespace Snakepit;

/// <summary>Specifies the limit of a pool that made it reject a call.</summary>
public enum SaturationReason
{
    /// <summary><see cref="QueueOptions.Limit"/> calls were waiting.</summary>
    QueueFull,

    /// <summary><see cref="QueueOptions.LimitPerKey"/> calls of the same <see cref="ToolCallOptions.FairnessKey"/> were waiting.</summary>
    KeyQueueFull,

    /// <summary>The call had waited for <see cref="QueueOptions.Timeout"/>.</summary>
    QueueTimeout,

    /// <summary>The call would have been run too late, judging by earlier runs: see <see cref="QueueOptions.RejectLate"/>.</summary>
    TooLate,

    /// <summary>There were <see cref="WorkerSessionOptions.Max"/> sessions, and the call would have begun another one.</summary>
    SessionLimit,
}
