using Snakepit.Frames;
using Snakepit.Processes;

namespace Snakepit.Workers;

/// <summary>
/// What a worker does, as its channel tells it: Launched once, then Ready or Failed at most once, replies, and Exited as the very last.
/// When no process came to be: Failed, then Exited.
/// </summary>
internal interface IWorkerEvents
{
    void OnLaunched(IWorkerChannel channel);

    void OnReady(WorkerAbilities abilities);

    void OnFailed(WorkerFailure failure);

    /// <summary>Replies that came together; their bodies belong to the receiver.</summary>
    void OnReplies(ReadOnlySpan<WorkerReply> replies);

    /// <summary>A call was taken back before the worker began it: the worker will not run it.</summary>
    void OnRecalled(CallKey call);

    /// <summary>The sign of life it was asked for.</summary>
    void OnPong();

    /// <summary>Its own code asks for its replacement.</summary>
    void OnRecycleRequested();

    /// <summary>What the adapter's <c>memory_usage()</c> returned, in bytes.</summary>
    void OnMemoryUsage(long bytes);

    /// <summary>It has collected its garbage, as it was asked to.</summary>
    void OnCollected();

    /// <summary>The zygote it was forked from has ended: what they shared is its own now.</summary>
    void OnZygoteEnded();

    void OnLog(string level, string message);

    void OnOutput(string line);

    /// <summary>The worker broke the protocol and is being killed.</summary>
    void OnProtocolError(string problem);

    /// <summary>Its process is gone and everything it said was told.</summary>
    /// <param name="exit">How it ended.</param>
    /// <param name="begun">The calls it had been sent, at least in part, and had not answered.</param>
    void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun);
}

/// <summary>A worker's answer to a call.</summary>
/// <param name="Call">The call.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Body">Its body.</param>
/// <param name="RunNanoseconds">How long the tool ran; -1: not known.</param>
internal readonly record struct WorkerReply(CallKey Call, ReplyKind Kind, ReplyBody Body, long RunNanoseconds);

/// <summary>What a worker that is ready can do.</summary>
/// <param name="Tools">Its tools.</param>
/// <param name="HasHealthCheck">It answers calls of <see cref="HealthCheckTool"/>.</param>
/// <param name="IsForked">It was forked from a zygote, with which it shares memory.</param>
/// <param name="Source">The adapter's file; null when it has none.</param>
/// <param name="Device">What its adapter computes on; null when it does not say.</param>
internal sealed record WorkerAbilities(IReadOnlyList<ToolDescriptor> Tools, bool HasHealthCheck = false, bool IsForked = false, string? Source = null,
    string? Device = null)
{
    /// <summary>The tool, in no catalogue, that runs the adapter's <c>health_check()</c>.</summary>
    public const string HealthCheckTool = "__snakepit_health_check__";
}

/// <summary>Why a worker did not become ready.</summary>
/// <param name="Stage">launch, protocol, adapter, setup or warmup.</param>
/// <param name="Message">In words.</param>
/// <param name="Error">The Python exception, when there was one.</param>
/// <param name="IsLauncherLost">The launcher has ended, which says nothing about the worker.</param>
internal sealed record WorkerFailure(string Stage, string Message, ToolError? Error = null, bool IsLauncherLost = false);
