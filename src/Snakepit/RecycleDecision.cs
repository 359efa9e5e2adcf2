using System.Diagnostics.CodeAnalysis;

namespace Snakepit;

/// <summary>Says what an <see cref="IRecyclePolicy"/> has decided about a worker. The default is <see cref="Keep"/>.</summary>
public readonly record struct RecycleDecision
{
    private RecycleDecision(string reason) => Reason = reason;

    /// <summary>Gets the decision that the worker goes on serving.</summary>
    public static RecycleDecision Keep => default;

    /// <summary>Gets whether the worker is to be replaced.</summary>
    [MemberNotNullWhen(true, nameof(Reason))]
    public bool ShouldRecycle => Reason is not null;

    /// <summary>Gets why the worker is to be replaced; null when it is kept.</summary>
    public string? Reason { get; }

    /// <summary>Returns the decision that the worker is to be replaced, as <see cref="RecycleReason.Custom"/>.</summary>
    /// <param name="reason">Why, in words for the log and for <see cref="WorkerRecycledEvent.Detail"/>.</param>
    public static RecycleDecision Recycle(string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        return new RecycleDecision(reason);
    }

    /// <summary>Returns the decision and its reason.</summary>
    public override string ToString() => Reason is null ? "Keep" : $"Recycle: {Reason}";
}
