using Snakepit.Transport.Values;

namespace Snakepit.Pools;

/// <summary>What is the same for all of a pool's life.</summary>
/// <param name="Name">The pool's name.</param>
/// <param name="Options">The pool's settings.</param>
/// <param name="Clock">The pool's clock.</param>
/// <param name="Codecs">Write and read values.</param>
/// <param name="Reporter">Tells the log, the meter and the watchers what happens.</param>
internal sealed record PoolContext(string Name, PoolOptions Options, PoolClock Clock, ValueCodecs Codecs, PoolReporter Reporter)
{
    public WorkerId IdOf(WorkerKey worker) => worker.IsNone ? default : new WorkerId(Name, worker.Slot, worker.Generation);
}
