using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>What all owners of a pool's state need.</summary>
/// <param name="name">The pool's name.</param>
/// <param name="settings">The pool's settings.</param>
/// <param name="clock">The pool's clock.</param>
/// <param name="reporter">Reports events to the log, the meter and the watchers.</param>
internal sealed class PoolContext(string name, PoolSettings settings, PoolClock clock, PoolReporter reporter)
{
    private volatile PoolSettings _settings = settings;

    public string Name { get; } = name;

    public PoolClock Clock { get; } = clock;

    public PoolReporter Reporter { get; } = reporter;

    /// <summary>The settings in force. A reload sets others, so nothing keeps a copy. Written under the pool's lock.</summary>
    public PoolSettings Settings
    {
        get => _settings;
        set => _settings = value;
    }

    public PoolOptions Options => _settings.Options;

    /// <summary>Writes and reads values.</summary>
    public ValueCodecs Codecs => _settings.Codecs;

    public WorkerId IdOf(WorkerKey worker) => worker.IsNone ? default : new WorkerId(Name, worker.Slot, worker.Generation);
}
