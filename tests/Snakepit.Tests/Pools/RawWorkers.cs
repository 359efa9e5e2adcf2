using System.Collections.Concurrent;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>Starts workers that do nothing by themselves: the test sees every command and tells every event.</summary>
internal sealed class RawWorkers : IWorkerLauncher
{
    public ConcurrentQueue<RawWorker> All { get; } = new();

    /// <summary>Sees every worker before the pool does.</summary>
    public Action<RawWorker>? Launching { get; init; }

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        var worker = new RawWorker(launch.Id, events);
        All.Enqueue(worker);
        Launching?.Invoke(worker); // before it is ready: that sends it what waits
        events.OnLaunched(worker);
        events.OnReady([]);
    }

    public void Dispose()
    {
    }
}

/// <summary>What a worker was told, in order.</summary>
internal readonly record struct Told(EffectKind Kind, CallKey Call, ReadOnlyMemory<byte> Frame = default);

/// <summary>A worker's channel as the pool drives it.</summary>
internal sealed class RawWorker(WorkerId id, IWorkerEvents events) : IWorkerChannel
{
    public WorkerId Id { get; } = id;

    public IWorkerEvents Events { get; } = events;

    public ConcurrentQueue<Told> Commands { get; } = new();

    public Action<Told>? Posted { get; set; }

    public int ProcessId => 1;

    public int Kills { get; private set; }

    public void PostCall(CallKey call, Memory<byte> frame, int attempt, TimeSpan? remaining) => Post(new Told(EffectKind.Send, call, frame));

    public void PostCancel(CallKey call) => Post(new Told(EffectKind.Cancel, call));

    public void PostShutdown() => Post(new Told(EffectKind.Stop, default));

    public void Flush()
    {
    }

    public void Terminate() => Kill();

    public void Kill() => Kills++;

    private void Post(Told command)
    {
        Commands.Enqueue(command);
        Posted?.Invoke(command);
    }
}
