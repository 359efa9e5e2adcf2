namespace Snakepit;

/// <summary>Which limit of a pool a call came up against.</summary>
public enum SaturationReason
{
    /// <summary><see cref="QueueOptions.Limit"/> calls waited.</summary>
    QueueFull,

    /// <summary><see cref="QueueOptions.LimitPerKey"/> calls of the same <see cref="ToolCallOptions.FairnessKey"/> waited.</summary>
    KeyQueueFull,

    /// <summary>It waited for <see cref="QueueOptions.Timeout"/>.</summary>
    QueueTimeout,

    /// <summary>It would have come too late, by what runs have taken so far: see <see cref="QueueOptions.RejectLate"/>.</summary>
    TooLate,
}
