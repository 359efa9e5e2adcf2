using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <content>What has come of the pool's workers so far.</content>
internal sealed partial class WorkerPool
{
    private const double Near = 0.9;
    private readonly long[] _recyclesByReason = new long[Enum.GetValues<RecycleReason>().Length];
    private readonly DeathHistory _deaths = new();
    private long _endedRequests;
    private long _endedOvershoot;

    private void Count_NeedsLock(RecycleReason reason) => _recyclesByReason[(int)reason]++;

    private void NoteRecycled_NeedsLock(in Effect effect, PoolWorker worker)
    {
        Count_NeedsLock(ToPublic(effect.Reason));
        if (effect.Reason is Reason.MemoryLimit or Reason.Unresponsive)
        {
            NoteDeath_NeedsLock(worker); // nobody had planned that
        }
        if (FindWorker(Succession.Unpack(effect.Argument).Replacement) is { ReadyAt: > 0 } replacement && worker.Death is { } death)
        {
            worker.Overlap = death.Uptime - Elapsed(worker.LaunchedAt, replacement.ReadyAt);
        }
    }

    private void NoteDeath_NeedsLock(PoolWorker worker)
    {
        if (worker.Death is { } death)
        {
            _deaths.Add(death);
        }
    }

    private LifecycleStatistics Count(PoolView view, long[] recycles, long endedRequests, long endedOvershoot, long now) => new()
    {
        TotalWorkers = view.Workers.Count,
        WorkersByPool = new Dictionary<string, int> { [Name] = view.Workers.Count },
        TotalRequests = endedRequests + view.Workers.Sum(static worker => worker.Requests - worker.Waiting),
        WorkersNearTtl = view.Workers.Count(worker => IsNearTtl(worker, now)),
        WorkersNearMaxRequests = view.Workers.Count(IsNearMaxRequests),
        WorkersOverdue = view.Workers.Count(IsOverdue),
        Overshoot = CountOvershoot(view, endedOvershoot),
        RecyclesByReason = Enum.GetValues<RecycleReason>().Where(reason => recycles[(int)reason] > 0).ToDictionary(
            static reason => reason, reason => recycles[(int)reason]),
        MemoryRecyclesByPool = new Dictionary<string, long>
        {
            [Name] = recycles[(int)RecycleReason.MemoryThreshold] + recycles[(int)RecycleReason.MemoryLimit],
        },
    };

    private bool IsNearTtl(WorkerView worker, long now) =>
        worker.Phase == WorkerPhase.Serving && EffectiveTtl(worker) is { } ttl && Elapsed(worker.ServingSince, now) >= ttl * Near;

    private bool IsNearMaxRequests(WorkerView worker) =>
        worker.Phase == WorkerPhase.Serving && _options.Recycle.MaxRequests is { } most && worker.Requests - worker.Waiting >= most * Near;

    /// <summary>An exhausted worker does not serve on.</summary>
    private static bool IsOverdue(WorkerView worker) => worker is { DueSince: not long.MaxValue, Exhausted: false };

    private long CountOvershoot(PoolView view, long ended) => ended + view.Workers.Sum(worker => OvershootOf(worker.Requests - worker.Waiting));

    private long OvershootOf(long requests) => _options.Recycle.MaxRequests is { } most ? Math.Max(0, requests - most) : 0;

    private TimeSpan? EffectiveTtl(in WorkerView worker) => worker.Ttl > 0 ? Units(worker.Ttl) : null;
}
