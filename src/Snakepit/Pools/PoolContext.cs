using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>The parts of a pool that never change.</summary>
/// <param name="Name">The pool's name.</param>
/// <param name="Options">The pool's settings.</param>
/// <param name="Clock">The pool's clock.</param>
/// <param name="Codecs">Writes and reads values.</param>
/// <param name="Reporter">Reports events to the log, the meter and the watchers.</param>
internal sealed record PoolContext(string Name, PoolOptions Options, PoolClock Clock, ValueCodecs Codecs, PoolReporter Reporter)
{
    public WorkerId IdOf(WorkerKey worker) => worker.IsNone ? default : new WorkerId(Name, worker.Slot, worker.Generation);
}
