namespace Snakepit;

/// <summary>Settings of a single call; what is null comes from the pool or the tool.</summary>
public sealed record ToolCallOptions
{
    private const int MostPriority = 10;
    private readonly int _priority;

    /// <summary>How long the call may take from submission to reply. Default null: <see cref="CallLimitOptions.Timeout"/>.
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit. Nothing or less is left: <see cref="CallTimeoutException"/>, and the call does not run.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>True: the call may be run again on another worker when its worker died with it. Default null: what <c>@tool(idempotent=…)</c> says, else false.</summary>
    public bool? Idempotent { get; init; }

    /// <summary>When calls wait, one of priority p counts as submitted p times <see cref="QueueOptions.PriorityStep"/> earlier: it overtakes younger calls,
    /// and no call waits for ever. From -10 to 10, default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public int Priority
    {
        get => _priority;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -MostPriority);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MostPriority);
            _priority = value;
        }
    }

    /// <summary>On whose behalf the call is made, such as a tenant, for <see cref="QueueOptions.Fairness"/> and <see cref="QueueOptions.LimitPerKey"/>.
    /// Calls without one are of one and the same key, which has no limit of its own. Default null.</summary>
    public string? FairnessKey { get; init; }
}
