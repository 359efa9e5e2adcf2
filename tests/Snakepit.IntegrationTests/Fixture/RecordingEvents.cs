using System.Text;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Telemetry;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Records the events of a channel as text, in order.</summary>
internal sealed class RecordingEvents : IWorkerEvents
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Recorder<string> Told { get; } = new();

    public Task Ended => _ended.Task;

    public Task ToldAsync(string what) => Told.FirstAsync(told => told == what);

    /// <summary>The channel, once the worker was launched.</summary>
    public IWorkerChannel? Channel { get; private set; }

    /// <summary>The worker's abilities, once it is ready.</summary>
    public WorkerAbilities? Abilities { get; private set; }

    /// <summary>The failure of a worker that could not start.</summary>
    public WorkerFailure? Failure { get; private set; }

    void IWorkerEvents.OnLaunched(IWorkerChannel channel)
    {
        Channel = channel;
        Told.Add("launched");
    }

    void IWorkerEvents.OnReady(WorkerAbilities abilities)
    {
        Abilities = abilities;
        Told.Add(abilities.IsForked ? "ready, forked" : "ready");
    }

    void IWorkerEvents.OnPong() => Told.Add("pong");

    void IWorkerEvents.OnRecycleRequested() => Told.Add("recycle requested");

    void IWorkerEvents.OnMemoryUsage(long bytes) => Told.Add($"memory {bytes}");

    void IWorkerEvents.OnCollected() => Told.Add("collected");

    void IWorkerEvents.OnZygoteEnded() => Told.Add("zygote ended");

    void IWorkerEvents.OnFailed(WorkerFailure failure)
    {
        Failure = failure;
        Told.Add($"failed: {failure.Message}");
    }

    void IWorkerEvents.OnReplies(ReadOnlySpan<WorkerReply> replies)
    {
        foreach (WorkerReply reply in replies)
        {
            Told.Add($"{reply.Kind} {reply.Call}: {Encoding.UTF8.GetString(reply.Body.Span)}");
            reply.Body.Return();
        }
    }

    void IWorkerEvents.OnRecalled(CallKey call) => Told.Add($"recalled {call}");

    void IWorkerEvents.OnTelemetry(PythonSignal signal) => Told.Add($"{signal.Kind} {signal.Name}");

    void IWorkerEvents.OnLog(PythonRecord record) => Told.Add($"{record.Level}: {record.Message}");

    void IWorkerEvents.OnOutput(string line, string? tool) => Told.Add($"output: {line}");

    void IWorkerEvents.OnProtocolError(string problem) => Told.Add($"protocol error: {problem}");

    void IWorkerEvents.OnExited(ChildExit exit, ReadOnlySpan<CallKey> begun)
    {
        Told.Add($"{exit}, begun: {string.Join(", ", begun.ToArray())}");
        _ended.SetResult();
    }
}
