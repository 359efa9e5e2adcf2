namespace Snakepit;

/// <summary>Holds the settings of a single call. A setting that is null comes from the pool or the tool.</summary>
public sealed record ToolCallOptions
{
    private const int MostPriority = 10;
    private readonly int _priority;

    /// <summary>Gets how long the call may take from submission to reply, or to the end of its stream. Default null:
    /// <see cref="CallLimitOptions.Timeout"/>, or no limit for a stream.
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> means no limit. If the value is zero or less, the call does not run and
    /// fails with <see cref="CallTimeoutException"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Gets whether the call may run again on another worker if its worker dies during it. Default null: what the tool's decorator
    /// in Python, <c>@tool(idempotent=…)</c>, says; false without one.</summary>
    public bool? Idempotent { get; init; }

    /// <summary>Gets the priority of the call while it waits, from -10 to 10. A call of priority p counts as submitted p times
    /// <see cref="QueueOptions.PriorityStep"/> earlier: it has that head start over calls of priority 0, and no call waits for ever.
    /// Default 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
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

    /// <summary>Gets a key for the party on whose behalf the call is made, such as a tenant: see <see cref="QueueOptions.Fairness"/> and
    /// <see cref="QueueOptions.LimitPerKey"/>. Calls without a key share one key, which has no limit. Default null.</summary>
    public string? FairnessKey { get; init; }

    /// <summary>Gets which worker may run the call, if it is a call of a session. After the first strict call of a
    /// session, all its calls are strict. Default null: as the session says.</summary>
    public SessionAffinity? Affinity { get; init; }

    /// <summary>The session of the call, which only the session's handle sets; null for none. Its type is not in the vocabulary.</summary>
    internal object? Session { get; init; }
}
