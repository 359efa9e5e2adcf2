using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>All spans of Snakepit, and their attributes. eng/options writes docs/telemetry-reference.md from them.</summary>
internal static class SpanTable
{
    public static SpanSpec Call { get; } = new(
        TelemetryNames.CallActivity, ActivityKind.Client,
        "A call, from its submission to its end, below the caller's span. Exporters show it as `rpc.method`. Its status is an error unless "
            + "the outcome is `ok` or `cancelled`.",
        TelemetryNames.RpcSystem, TelemetryNames.RpcMethod, TelemetryNames.PoolAttribute, TelemetryNames.OutcomeAttribute,
        TelemetryNames.ErrorType);

    public static SpanSpec QueueWait { get; } = new(
        TelemetryNames.QueueWaitActivity, ActivityKind.Internal,
        "The time that a call waited for a worker, below the call's span. A call that did not wait has none.",
        TelemetryNames.PoolAttribute);

    public static SpanSpec HostTool { get; } = new(
        TelemetryNames.HostToolActivity, ActivityKind.Server,
        "A call of a [host tool](host-tools.md), below the span of the worker's call. If the tool has an own span of OpenTelemetry's "
            + "Python API, it is below that one. Its status is an error when the host tool throws.",
        TelemetryNames.RpcSystem, TelemetryNames.RpcMethod, TelemetryNames.PoolAttribute, TelemetryNames.ErrorType);

    public static SpanSpec WorkerStart { get; } = new(
        TelemetryNames.WorkerStartActivity, ActivityKind.Internal,
        "The start of a worker, from its launch to ready. It has no parent. Its status is an error when the worker could not start.",
        TelemetryNames.PoolAttribute, TelemetryNames.SlotAttribute, TelemetryNames.ErrorType);

    public static SpanSpec WorkerRecycle { get; } = new(
        TelemetryNames.WorkerRecycleActivity, ActivityKind.Internal,
        "The replacement of a worker. It begins when the new worker starts or the old one stops taking calls, whichever is first, and ends "
            + "when the old worker has ended and the new one is ready. It has no parent. Its links lead to the calls that waited for a "
            + "worker meanwhile, at most 64.",
        TelemetryNames.PoolAttribute, TelemetryNames.SlotAttribute, TelemetryNames.ReasonAttribute);

    /// <summary>All rows, in the order of the documentation.</summary>
    public static IReadOnlyList<SpanSpec> All { get; } = [Call, QueueWait, HostTool, WorkerStart, WorkerRecycle];

    /// <summary>The attributes with their meanings.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Attributes { get; } =
    [
        (TelemetryNames.RpcSystem, "`snakepit`."),
        (TelemetryNames.RpcMethod, "The pool and the tool, as in `text/add`; of a host tool its name."),
        (TelemetryNames.PoolAttribute, "The pool's name."),
        (TelemetryNames.SlotAttribute, "The number of the worker's slot."),
        (TelemetryNames.ReasonAttribute, "The reason of the replacement, as of `snakepit.worker.recycled`."),
        (TelemetryNames.OutcomeAttribute, "The outcome of the call, as of `rpc.client.call.duration`."),
        (TelemetryNames.ErrorType, "With an error: the outcome of a call, or the type of the exception."),
    ];
}
