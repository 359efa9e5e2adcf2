using Snakepit.Lifecycle;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>
/// The data of a worker outside the kernel. Its signals arrive at its <see cref="WorkerSink"/>; its process belongs to
/// <see cref="WorkerProcess"/>.
/// </summary>
internal sealed class PoolWorker(WorkerId id, long launchedAt, DateTimeOffset startedAt)
{
    public WorkerKey Key { get; } = new(id.Slot, id.Generation);

    public WorkerId Id { get; } = id;

    /// <summary>The time at which its start began; until then, at which it was ordered.</summary>
    public long LaunchedAt { get; set; } = launchedAt;

    /// <inheritdoc cref="LaunchedAt"/>
    public DateTimeOffset StartedAt { get; set; } = startedAt;

    public long ReadyAt { get; set; }

    /// <summary>The device that it uses, according to its adapter.</summary>
    public string? Device { get; set; }

    /// <summary>The number of calls that it runs at once.</summary>
    public int Capacity => Process.Capacity;

    /// <summary>Its start and its process.</summary>
    public required WorkerProcess Process { get; init; }

    public EndRecord End { get; } = new();

    /// <summary>What it has printed and logged.</summary>
    public required WorkerOutput Output { get; init; }

    public PolicyWish Policies { get; } = new();

    /// <summary>Its memory and processor time, from its launch to its exit.</summary>
    public SampledProcess? Sampled { get; set; }

    public MemoryRecord Memory { get; } = new();

    /// <summary>The detail of its failed health check.</summary>
    public string? CheckDetail { get; set; }

    /// <summary>The time since which it owes a pong, and its activity at that time; null when it owes none.</summary>
    public MissedPing? MissedPing { get; set; }

    /// <summary>The number of its sessions that could not move to another worker. Under the pool's lock.</summary>
    public int SessionsKept { get; set; }

    public IWorkerChannel? Channel => Process.Channel;

    public int Pid => Channel?.ProcessId ?? 0;
}
