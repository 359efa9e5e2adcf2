using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.Simulation.Fuzz;

/// <summary>Rejects every event that the target does not expect from its reader.</summary>
internal abstract class StrictEvents : IWorkerEvents
{
    public virtual void OnLaunched(IWorkerChannel channel) => throw Unexpected("a launch");

    public virtual void OnReady(WorkerAbilities abilities) => throw Unexpected("READY");

    public virtual void OnFailed(WorkerFailure failure) => throw Unexpected("FAILED");

    public virtual void OnReplies(ReadOnlySpan<WorkerReply> replies) => throw Unexpected("a reply");

    public virtual void OnRecalled(CallKey call) => throw Unexpected("a recall");

    public virtual void OnPong() => throw Unexpected("PONG");

    public virtual void OnRecycleRequested() => throw Unexpected("a wish");

    public virtual void OnMemoryUsage(long bytes) => throw Unexpected("memory usage");

    public virtual void OnCollected() => throw Unexpected("a collection");

    public virtual void OnZygoteEnded() => throw Unexpected("a zygote's end");

    public virtual void OnTelemetry(PythonSignal signal) => throw Unexpected("a signal of ctx.telemetry");

    public virtual void OnLog(PythonRecord record) => throw Unexpected("a log record");

    public virtual void OnOutput(string line, string? tool) => throw Unexpected("output");

    public virtual void OnProtocolError(string problem) => throw Unexpected("a breach");

    public virtual void OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun) => throw Unexpected("an exit");

    private static FuzzException Unexpected(string what) => new($"{what} was told");
}
