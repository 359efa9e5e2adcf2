namespace Snakepit;

/// <summary>Settings of a single call; what is null comes from the pool or the tool.</summary>
public sealed record ToolCallOptions
{
    /// <summary>How long the call may take from submission to reply. Default null: <see cref="CallLimitOptions.Timeout"/>.
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>True: the call may be run again on another worker when its worker died with it. Default null: what <c>@tool(idempotent=…)</c> says, else false.</summary>
    public bool? Idempotent { get; init; }
}
