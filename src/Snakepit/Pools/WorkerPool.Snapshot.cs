using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <content>Looking at the pool: what its users see, and its gauges.</content>
internal sealed partial class WorkerPool
{
    public PoolSnapshot GetSnapshot()
    {
        var view = new PoolView();
        long now;
        var known = new Dictionary<WorkerKey, PoolWorker>();
        lock (_gate)
        {
            now = _time.GetTimestamp();
            _kernel.CopyTo(view);
            foreach (PoolWorker worker in _workers.SelectMany(static slot => slot))
            {
                known[worker.Key] = worker;
            }
        }
        return new PoolSnapshot
        {
            Name = Name,
            State = view.State,
            Size = _options.Size,
            Ready = view.Ready,
            QueueLength = view.Queue.Count,
            QueueLimit = _options.Queue.Limit,
            Running = view.Workers.Sum(static worker => worker.Load - worker.Waiting),
            Accepted = view.Accepted,
            Rejected = view.Rejected,
            Recycled = view.Recycled,
            Workers = [.. view.Workers.Where(worker => known.ContainsKey(worker.Key)).Select(worker => Describe(worker, known[worker.Key], now))],
            LastStartFailure = _lastStartFailure,
        };
    }

    private PoolGauges ReadGauges()
    {
        var view = new PoolView();
        lock (_gate)
        {
            _kernel.CopyTo(view);
        }
        int Count(WorkerPhase phase) => view.Workers.Count(worker => worker.Phase == phase);
        return new PoolGauges(
            view.Queue.Count,
            Count(WorkerPhase.Launching), Count(WorkerPhase.Booting), Count(WorkerPhase.Ready),
            Count(WorkerPhase.Serving), Count(WorkerPhase.Draining), Count(WorkerPhase.Stopping));
    }

    private WorkerSnapshot Describe(in WorkerView worker, PoolWorker known, long now) => new()
    {
        Id = known.Id,
        Pid = known.Pid,
        State = (WorkerState)worker.Phase,
        StartedAt = known.StartedAt,
        Age = Elapsed(known.LaunchedAt, now),
        Requests = worker.Requests - worker.Waiting,
        Running = worker.Load - worker.Waiting,
        Waiting = worker.Waiting,
        EffectiveMaxRequests = _options.Recycle.MaxRequests,
        Recycling = (worker.Wanted == Reason.None ? worker.Leaving : worker.Wanted) switch
        {
            Reason.MaxRequests => RecycleReason.MaxRequests,
            Reason.Manual => RecycleReason.Manual,
            _ => null,
        },
    };
}
