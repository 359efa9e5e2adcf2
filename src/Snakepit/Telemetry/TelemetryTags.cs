using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>
/// The tags of all instruments. No tag has values without bound: there is none for workers, sessions, tools or texts.
/// </summary>
internal static class TelemetryTags
{
    public static TelemetryTag Pool { get; } = new(TelemetryNames.PoolTag, "The pool's name.");

    public static TelemetryTag Slot { get; } = new(
        TelemetryNames.SlotTag, "The number of the slot, from 0. A worker and its replacement have the same one.");

    public static TelemetryTag State { get; } = new(
        TelemetryNames.StateTag,
        "The state of a worker. A worker is `exhausted` when it has reached `Recycle.MaxRequests` and `Recycle.StrictMaxRequests` keeps it "
            + "from calls until it is replaced.",
        [.. LiveStates.Select(TelemetryNames.Of)]);

    public static TelemetryTag Outcome { get; } = new(
        TelemetryNames.OutcomeTag,
        "How a call ended. A call whose arguments do not fit the tool ends with `tool_error`, whether the pool or a worker has found that.",
        [.. Enum.GetValues<CallOutcome>().Select(TelemetryNames.Of)]);

    public static TelemetryTag RecycleReason { get; } = new(
        TelemetryNames.ReasonTag,
        "Why a worker was replaced: see [why workers are replaced](lifecycle.md#why-workers-are-replaced).",
        [.. Enum.GetValues<RecycleReason>().Select(TelemetryNames.Of)]);

    public static TelemetryTag Rejection { get; } = new(
        TelemetryNames.ReasonTag,
        "Why a call was rejected. `deadline`: the call's own deadline passed while it waited.",
        [.. Enum.GetValues<RejectionReason>().Select(TelemetryNames.Of)]);

    public static TelemetryTag Taint { get; } = new(
        TelemetryNames.ReasonTag, "Why a slot was kept from calls.", [.. Enum.GetValues<TaintReason>().Select(TelemetryNames.Of)]);

    public static TelemetryTag SessionLoss { get; } = new(
        TelemetryNames.ReasonTag, "Why a session was lost.", [.. Enum.GetValues<SessionLossReason>().Select(TelemetryNames.Of)]);

    public static TelemetryTag SessionEnd { get; } = new(
        TelemetryNames.ReasonTag, "How a session ended: `ended` on request, `expired` after `Session.Ttl`.",
        "ended", "expired");

    public static TelemetryTag Scaling { get; } = new(
        TelemetryNames.ReasonTag, "Why the number of workers changed.", [.. Enum.GetValues<ScaleReason>().Select(TelemetryNames.Of)]);

    public static TelemetryTag PythonDrop { get; } = new(
        TelemetryNames.ReasonTag,
        "Why it was dropped. `channel_full`: the worker told it faster than the host reads. `queue_full`: the listeners are too slow. "
            + "`series_limit`: the instrument has as many series as `Telemetry.MaxSeries` allows. `instrument_limit`: there are 1,000 "
            + "instruments. `kind_conflict`: the name is that of an instrument of another kind.",
        [.. Enum.GetValues<PythonDropReason>().Select(TelemetryNames.Of)]);

    /// <summary>Returns the tags of measurements of a pool, for each value that the tag may have.</summary>
    public static TagList[] Expand(string pool, TelemetryTag tag) =>
        [.. tag.Values.Select(value => new TagList([new(TelemetryNames.PoolTag, pool), new(tag.Name, value)]))];

    /// <summary>The states of workers that have not ended.</summary>
    public static IReadOnlyList<WorkerState> LiveStates =>
        [.. Enum.GetValues<WorkerState>().Where(static state => state != WorkerState.Exited)];
}
