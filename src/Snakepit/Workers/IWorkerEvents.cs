using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>
/// Gets the events of a worker from its channel: Launched once, then Ready or Failed at most once, replies, and Exited as the last. When no
/// process was created: Failed, then Exited.
/// </summary>
internal interface IWorkerEvents
{
    void OnLaunched(IWorkerChannel channel);

    void OnReady(WorkerAbilities abilities);

    void OnFailed(WorkerFailure failure);

    /// <summary>Replies that arrived together; the receiver owns their bodies.</summary>
    void OnReplies(ReadOnlySpan<WorkerReply> replies);

    /// <summary>A call was recalled before the worker began it, so the worker will not run it.</summary>
    void OnRecalled(CallKey call);

    /// <summary>The answer to a ping.</summary>
    void OnPong();

    /// <summary>The worker's own code asks for its replacement.</summary>
    void OnRecycleRequested();

    /// <summary>The adapter's <c>memory_usage()</c> has returned this number of bytes.</summary>
    void OnMemoryUsage(long bytes);

    /// <summary>The worker has collected its garbage, as requested.</summary>
    void OnCollected();

    /// <summary>The zygote that the worker was forked from has ended: the pages that they shared are the worker's own now.</summary>
    void OnZygoteEnded();

    void OnLog(PythonRecord record);

    /// <summary>Python code has told something with <c>ctx.telemetry</c>.</summary>
    void OnTelemetry(PythonSignal signal);

    /// <summary>A line that was printed, and the tool that printed it: null between calls, and when it is not known.</summary>
    void OnOutput(string line, string? tool);

    /// <summary>The worker violated the protocol and is being killed.</summary>
    void OnProtocolError(string problem);

    /// <summary>The worker's process has ended, and all its events were raised.</summary>
    /// <param name="exit">How the process ended.</param>
    /// <param name="begun">The calls that were sent to it, at least in part, and that it had not answered.</param>
    void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun);
}

/// <summary>A worker's answer to a call.</summary>
/// <param name="Call">The call.</param>
/// <param name="Kind">The kind of the answer.</param>
/// <param name="Body">The body.</param>
/// <param name="RunNanoseconds">The run time of the tool; -1 when unknown.</param>
internal readonly record struct WorkerReply(CallKey Call, ReplyKind Kind, ReplyBody Body, long RunNanoseconds);

/// <summary>The abilities of a worker that is ready.</summary>
/// <param name="Tools">Its tools.</param>
/// <param name="HasHealthCheck">Whether the worker answers calls of <see cref="HealthCheckTool"/>.</param>
/// <param name="IsForked">Whether the worker was forked from a zygote, with which it shares memory.</param>
/// <param name="Source">The adapter's file; null when it has none.</param>
/// <param name="Device">The device that its adapter computes on; null when it names none.</param>
/// <param name="MovesSessions">Whether the worker answers calls of <see cref="ExportTool"/> and <see cref="ImportTool"/>.</param>
internal sealed record WorkerAbilities(
    IReadOnlyList<ToolDescriptor> Tools,
    bool HasHealthCheck = false,
    bool IsForked = false,
    string? Source = null,
    string? Device = null,
    bool MovesSessions = false)
{
    /// <summary>The folders in which the worker finds modules, in order.</summary>
    public IReadOnlyList<string> SearchPath { get; init; } = [];

    /// <summary>The tool, in no catalogue, that runs the adapter's <c>health_check()</c>.</summary>
    public const string HealthCheckTool = "__snakepit_health_check__";

    /// <summary>The tool, in no catalogue, that returns the state of a session: takes its number.</summary>
    public const string ExportTool = "__snakepit_export_session__";

    /// <summary>The tool, in no catalogue, that begins a session with that state: takes its number, its id and the state.</summary>
    public const string ImportTool = "__snakepit_import_session__";
}

/// <summary>The reason why a worker did not become ready.</summary>
/// <param name="Stage">The stage of the start: launch, protocol, adapter, setup or warmup.</param>
/// <param name="Message">The description.</param>
/// <param name="Error">The Python exception, if there was one.</param>
/// <param name="IsLauncherLost">True when the launcher has ended, which says nothing about the worker.</param>
internal sealed record WorkerFailure(string Stage, string Message, ToolError? Error = null, bool IsLauncherLost = false);
