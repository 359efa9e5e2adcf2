using Snakepit.Telemetry;

namespace Snakepit.AspNetCore.Contract;

/// <summary>Translates lifecycle events into the contract.</summary>
internal static class DescribeEvent
{
    private const int MostDetail = 2_000;
    private const string Warning = "warning";
    private const string Error = "error";

    public static EventInfo Of(LifecycleEvent happened) => happened switch
    {
        WorkerEvent of => OfWorker(of, Common(of) with
        {
            Worker = of.Worker.ToString(), Slot = of.Worker.Slot, Generation = of.Worker.Generation, Pid = of.Pid,
        }),
        _ => OfPool(happened, Common(happened)),
    };

    private static EventInfo Common(LifecycleEvent happened) => new()
    {
        Type = Describe.Name(happened.GetType().Name[..^"Event".Length]),
        Pool = happened.Pool,
        At = happened.At,
        Level = "info",
        Text = "",
    };

    private static EventInfo OfWorker(WorkerEvent happened, EventInfo info) => happened switch
    {
        WorkerStartedEvent e => info with { Text = $"Worker {e.Worker} was launched as process {e.Pid}." },
        WorkerReadyEvent e => info with
        {
            Text = $"Worker {e.Worker} is ready after {Shown.Duration(e.StartDuration)}.", Seconds = e.StartDuration.TotalSeconds,
        },
        WorkerDrainingEvent e => info with
        {
            Text = $"Worker {e.Worker} is being replaced for {TelemetryNames.Of(e.Reason)} and finishes {Shown.Count(e.Running, "call")}.",
            Reason = TelemetryNames.Of(e.Reason),
        },
        WorkerRecycledEvent e => info with
        {
            Text = $"Worker {e.Worker} was replaced for {TelemetryNames.Of(e.Reason)} after {Shown.Duration(e.Uptime)} "
                + $"and {Shown.Count(e.Requests, "call")}" + (e.Replacement is { } next ? $"; {next} serves." : "."),
            Level = e.FailedCalls > 0 ? Warning : info.Level,
            Reason = TelemetryNames.Of(e.Reason),
            Detail = e.Detail,
            Replacement = e.Replacement?.ToString(),
            Seconds = e.Uptime.TotalSeconds,
            Requests = e.Requests,
        },
        HealthCheckFailedEvent e => info with
        {
            Text = $"Worker {e.Worker} failed its health check: {e.Detail}",
            Level = Warning,
            Reason = TelemetryNames.Of(e.Reason),
            Detail = e.Detail,
        },
        WorkerCrashedEvent e => info with
        {
            Text = $"Worker {e.Worker} died: {e.Report.Description}, {e.Report.Where()}.",
            Level = Error,
            Death = Describe.Death(e.Report),
            Seconds = e.Report.Uptime.TotalSeconds,
            Requests = e.Report.Requests,
        },
        WorkerTaintedEvent e => info with
        {
            Text = $"Slot {e.Pool}/{e.Worker.Slot} gets no calls for {Shown.Duration(e.Duration)}: {TelemetryNames.Of(e.Reason)}.",
            Level = e.Reason == TaintReason.Manual ? info.Level : Warning,
            Reason = TelemetryNames.Of(e.Reason),
            Detail = e.Device,
            Seconds = e.Duration.TotalSeconds,
        },
        ReplacementOverdueEvent e => info with
        {
            Text = $"Worker {e.Worker} is due to be replaced for {TelemetryNames.Of(e.Reason)}, but its replacement cannot start.",
            Level = Error,
            Reason = TelemetryNames.Of(e.Reason),
            Detail = e.Failure?.Message,
        },
        StartFailedEvent e => info with
        {
            Text = $"Worker {e.Worker} could not start; the next attempt is in {Shown.Duration(e.RetryIn)}.",
            Level = Error,
            Detail = e.Failure.Message,
            Seconds = e.RetryIn.TotalSeconds,
            Death = e.Failure.Report is { } death ? Describe.Death(death) : null,
        },
        PythonEvent e => info with
        {
            Text = $"Worker {e.Worker} reported '{Shown.Text(e.Name)}'.",
            Detail = Shown.Text(string.Join(", ", e.Attributes.Select(static one => $"{one.Key} = {one.Value}")), MostDetail),
        },
        _ => info with { Text = $"{info.Type}: worker {happened.Worker}." },
    };

    private static EventInfo OfPool(LifecycleEvent happened, EventInfo info) => happened switch
    {
        InputQuarantinedEvent e => info with
        {
            Text = $"An input of tool '{Shown.Text(e.Tool)}' keeps killing workers and is rejected for a time.",
            Level = Error,
            Detail = $"{e.Hash:x16}",
            Death = e.LastDeath is { } death ? Describe.Death(death) : null,
        },
        PoolSaturatedEvent e => info with
        {
            Text = $"Pool '{e.Pool}' rejects calls: {e.QueueLength} of at most {e.Limit} wait.", Level = Warning,
        },
        PoolReconfiguredEvent e => info with
        {
            Text = $"Pool '{e.Pool}' has other settings.",
            Detail = string.Join(", ", e.Changes.Select(static x => $"{x.Option} {x.OldValue} -> {x.NewValue}")),
        },
        ReconfigurationFailedEvent e => info with
        {
            Text = $"No worker of pool '{e.Pool}' could start with the settings of a reload.", Level = Error, Detail = e.Failure.Message,
        },
        PoolStateChangedEvent e => info with
        {
            Text = $"Pool '{e.Pool}' is {Describe.Word(e.To)}; it was {Describe.Word(e.From)}.",
            Level = e.To switch { PoolState.Failing => Error, PoolState.Degraded => Warning, _ => info.Level },
            From = Describe.Word(e.From),
            To = Describe.Word(e.To),
        },
        PoolScaledEvent e => info with
        {
            Text = $"Pool '{e.Pool}' is to have {Shown.Count(e.To, "worker")} instead of {e.From}: {TelemetryNames.Of(e.Reason)}.",
            Reason = TelemetryNames.Of(e.Reason),
            From = $"{e.From}",
            To = $"{e.To}",
        },
        _ => info with { Text = $"{info.Type}: pool '{happened.Pool}'." },
    };
}
