using Snakepit.Lifecycle;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>One worker as the pool's shell knows it: data. Its news arrives at its <see cref="WorkerSink"/>, its process is held by
/// <see cref="WorkerProcess"/>.</summary>
internal sealed class PoolWorker(WorkerId id, long launchedAt, DateTimeOffset startedAt)
{
    public WorkerKey Key { get; } = new(id.Slot, id.Generation);

    public WorkerId Id { get; } = id;

    /// <summary>When its start began; until then when it was ordered.</summary>
    public long LaunchedAt { get; set; } = launchedAt;

    /// <inheritdoc cref="LaunchedAt"/>
    public DateTimeOffset StartedAt { get; set; } = startedAt;

    public long ReadyAt { get; set; }

    /// <summary>The device it uses, as its adapter says.</summary>
    public string? Device { get; set; }

    /// <summary>Its start and its process.</summary>
    public required WorkerProcess Process { get; init; }

    public WorkerEnd End { get; } = new();

    public LastLines Output { get; } = new();

    public PolicyWish Policies { get; } = new();

    /// <summary>Its memory and processor time, from its launch to its exit.</summary>
    public SampledProcess? Sampled { get; set; }

    /// <summary>The memory it had when it became ready is known to the pool.</summary>
    public bool IsMeasured { get; set; }

    /// <summary>What the check that failed said.</summary>
    public string? CheckDetail { get; set; }

    /// <summary>Since when it owes a sign of life, and what the system said of it then; null while it does not.</summary>
    public MissedPing? MissedPing { get; set; }

    public IWorkerChannel? Channel => Process.Channel;

    public int Pid => Channel?.ProcessId ?? 0;
}
