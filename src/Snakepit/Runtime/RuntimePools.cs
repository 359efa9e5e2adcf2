using Snakepit.Configuration;
using Snakepit.Pools;

namespace Snakepit.Runtime;

/// <summary>
/// The pools of a runtime by name, regardless of case: the plain ones, and those for users, with retries and a circuit breaker. A reload
/// adds and removes pools.
/// </summary>
internal sealed class RuntimePools
{
    private readonly Lock _gate = new();
    private volatile Known _known = new([]);
    private readonly List<WorkerPool> _leaving = []; // removed pools that are stopping
    private bool _isClosed;

    public IReadOnlyCollection<string> Names => _known.ByName.Keys;

    public IReadOnlyCollection<WorkerPool> All => [.. _known.ByName.Values.Select(static pool => pool.Pool)];

    /// <summary>The options in force, by the pools' names.</summary>
    public IReadOnlyDictionary<string, PoolOptions> Options => _known.ByName.Values.ToDictionary(
        static pool => pool.Pool.Name, static pool => pool.Pool.Settings.Options, StringComparer.OrdinalIgnoreCase);

    /// <summary>The only pool, or the one named 'default'.</summary>
    /// <exception cref="SnakepitConfigurationException">There is neither.</exception>
    public IWorkerPool Default => _known.Default
        ?? throw new SnakepitConfigurationException(
            $"There is no pool named 'default' among {Shown.Names(Names)}; say which with GetPool(name).");

    /// <exception cref="SnakepitConfigurationException">There is no such pool.</exception>
    public IWorkerPool Get(string name) =>
        _known.ByName.TryGetValue(name, out (WorkerPool Pool, IWorkerPool Public) pool)
            ? pool.Public
            : throw new SnakepitConfigurationException(PoolKey.Unknown(name, Names));

    public WorkerPool? Find(string name) => _known.ByName.GetValueOrDefault(name).Pool;

    /// <returns>False when the runtime stops.</returns>
    public bool TryAdd(WorkerPool pool, IWorkerPool seen)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }
            _known = new Known([.. _known.ByName.Values, (pool, seen)]);
            return true;
        }
    }

    /// <summary>Removes a pool, which nobody finds any more, and stops it.</summary>
    public async Task RemoveAsync(WorkerPool pool)
    {
        lock (_gate)
        {
            _known = new Known([.. _known.ByName.Values.Where(other => other.Pool != pool)]);
            _leaving.Add(pool);
        }
        await pool.StopAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            _leaving.Remove(pool);
        }
    }

    /// <summary>No pool is added any more.</summary>
    /// <returns>All pools, those included that are stopping.</returns>
    public IReadOnlyCollection<WorkerPool> Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            return [.. All, .. _leaving];
        }
    }

    /// <summary>What is known at one time.</summary>
    private sealed class Known(IEnumerable<(WorkerPool Pool, IWorkerPool Public)> pools)
    {
        public Dictionary<string, (WorkerPool Pool, IWorkerPool Public)> ByName { get; } =
            pools.ToDictionary(static pool => pool.Pool.Name, StringComparer.OrdinalIgnoreCase);

        public IWorkerPool? Default =>
            field ??= ByName.Count == 1 ? ByName.Values.First().Public : ByName.GetValueOrDefault("default").Public;
    }
}
