using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Reports what came of a request to replace workers.</summary>
public sealed record RecycleReport
{
    /// <summary>Gets the name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Gets one entry for each slot, in the order of the slots.</summary>
    public required IReadOnlyList<SlotRecycle> Slots { get; init; }

    /// <summary>Gets the time from the request until the last slot was done.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Gets whether every slot serves from a new worker.</summary>
    public bool AllReplaced => Slots.All(static slot => slot.IsReplaced);

    /// <summary>Returns how many slots serve from a new worker, and one line for each slot.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Pool '{Pool}': {Slots.Count(static slot => slot.IsReplaced)} of {Slots.Count} slots have a new worker "
                + $"after {Shown.Duration(Duration)}.");
        foreach (SlotRecycle slot in Slots)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n  {slot}");
        }
        return text.ToString();
    }
}

/// <summary>Reports what came of the replacement of one slot's worker.</summary>
public sealed record SlotRecycle
{
    /// <summary>Gets the number of the slot.</summary>
    public required int Slot { get; init; }

    /// <summary>Gets what happened.</summary>
    public required SlotRecycleOutcome Outcome { get; init; }

    /// <summary>Gets the worker that was to be replaced. Its generation is 0 when the slot had none that served.</summary>
    public required WorkerId Old { get; init; }

    /// <summary>Gets the worker that serves now; null when the old one does, or none.</summary>
    public WorkerId? New { get; init; }

    /// <summary>Gets the time from the request until the slot was done.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets why the worker was not replaced; null unless <see cref="Outcome"/> is <see cref="SlotRecycleOutcome.KeptOld"/> or
    /// <see cref="SlotRecycleOutcome.NotReplaced"/>.</summary>
    public string? FailureReason { get; init; }

    /// <summary>Gets whether the old worker was stopped before its replacement started, because of <see cref="RecycleOptions.Mode"/> or for
    /// want of memory.</summary>
    public bool StoppedFirst { get; init; }

    /// <summary>Gets what went wrong with the old worker's end: it had to be killed, its <c>teardown()</c> raised, or it crashed while it
    /// finished its calls. Null when it ended as it should, or has not ended. A warning in the log says the same.</summary>
    public string? EndProblem { get; init; }

    internal bool IsReplaced => Outcome is SlotRecycleOutcome.Replaced or SlotRecycleOutcome.AlreadyReplaced;

    /// <summary>Returns the slot, what happened, and why.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"slot {Slot}: {Outcome}, {Old}");
        text.Append(New is { } worker ? $" -> {worker}" : "");
        text.Append(", after ").Append(Shown.Duration(Duration));
        text.Append(StoppedFirst ? ", stopped first" : "");
        text.Append(FailureReason is null ? "" : $": {FailureReason}");
        text.Append(EndProblem is null ? "" : $"; the old worker's end: {EndProblem}");
        return text.ToString();
    }
}

/// <summary>Specifies what came of the replacement of one slot's worker.</summary>
public enum SlotRecycleOutcome
{
    /// <summary>A new worker serves and the old process is gone.</summary>
    Replaced,

    /// <summary>The replacement could not start, and the old worker goes on.</summary>
    KeptOld,

    /// <summary>The worker had been replaced before its turn came, by another trigger or its own death; or the slot has no worker that
    /// serves, so that the next one is new anyway.</summary>
    AlreadyReplaced,

    /// <summary>The old worker was stopped first and its replacement could not start. The pool goes on trying to start one.</summary>
    NotReplaced,
}
