using System.Collections.Concurrent;
using Snakepit.Frames;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>Starts workers that do nothing by themselves: the test sees every command and raises every event.</summary>
internal sealed class RawWorkers : IWorkerStarter
{
    public ConcurrentQueue<RawWorker> All { get; } = new();

    /// <summary>Runs for a new worker before it is ready, and so before it can get a command.</summary>
    public Action<RawWorker>? Made { get; init; }

    /// <summary>The tools that workers announce.</summary>
    public IReadOnlyList<ToolDescriptor> Tools { get; init; } = [];

    public bool CanRecall { get; init; }

    public void Launch(WorkerStart launch, IWorkerEvents events)
    {
        var worker = new RawWorker(launch.Id, events) { CanRecall = CanRecall };
        All.Enqueue(worker);
        Made?.Invoke(worker);
        events.OnLaunched(worker);
        events.OnReady(new WorkerAbilities(Tools));
    }

    public void Dispose()
    {
    }
}

/// <summary>A command to a worker.</summary>
internal readonly record struct Told(EffectKind Kind, CallKey Call, ReadOnlyMemory<byte> Frame = default);

/// <summary>A worker's channel as the pool drives it.</summary>
internal sealed class RawWorker(WorkerId id, IWorkerEvents events) : IWorkerChannel
{
    public WorkerId Id { get; } = id;

    public IWorkerEvents Events { get; } = events;

    public ConcurrentQueue<Told> Commands { get; } = new();

    public Action<Told>? Posted { get; set; }

    /// <summary>
    /// Runs when the worker is killed. A killed process ends, so a test that kills workers raises the exit here.
    /// </summary>
    public Action? Killed { get; set; }

    public int ProcessId => 1;

    public bool CanRecall { get; init; }

    public int Kills { get; private set; }

    public void PostCall(in OutgoingCall call) => Post(new Told(EffectKind.Send, call.Key, call.Frame));

    public void PostFrame(CallKey call, byte[] frame)
    {
    }

    public void PostCancel(CallKey call, bool interrupts) => Post(new Told(EffectKind.Cancel, call));

    public void PostRecall() => Post(new Told(EffectKind.Recall, default));

    public void PostPing()
    {
    }

    public void PostCollect()
    {
    }

    public void PostSessionEnd(ulong session, bool isMoved)
    {
    }

    public void PostShutdown() => Post(new Told(EffectKind.Stop, default));

    public void Flush()
    {
    }

    public void Terminate() => Kill();

    public void Kill()
    {
        Kills++;
        Killed?.Invoke();
    }

    /// <summary>Completes with the worker's next command of the kind.</summary>
    public Task WhenToldAsync(EffectKind kind)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Posted += command =>
        {
            if (command.Kind == kind)
            {
                told.TrySetResult();
            }
        };
        return told.Task;
    }

    private void Post(Told command)
    {
        Commands.Enqueue(command);
        Posted?.Invoke(command);
    }
}

internal static class RawReplies
{
    /// <summary>Raises one reply that came alone.</summary>
    public static void OnReply(this IWorkerEvents events, CallKey call, ReplyKind kind, ReplyBody body, long runNanoseconds) =>
        events.OnReplies([new WorkerReply(call, kind, body, runNanoseconds)]);
}
