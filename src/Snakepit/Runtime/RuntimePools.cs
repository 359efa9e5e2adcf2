using Snakepit.Configuration;
using Snakepit.Pools;

namespace Snakepit.Runtime;

/// <summary>
/// The pools of a runtime by name, regardless of case: the plain ones, and those for users, with retries and a circuit breaker.
/// </summary>
internal sealed class RuntimePools
{
    private readonly Dictionary<string, WorkerPool> _pools = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, IWorkerPool> _public = new(StringComparer.OrdinalIgnoreCase);
    private readonly IWorkerPool? _default;

    public RuntimePools(IEnumerable<(WorkerPool Pool, IWorkerPool Public)> pools)
    {
        foreach ((WorkerPool pool, IWorkerPool seen) in pools)
        {
            _pools.Add(pool.Name, pool);
            _public.Add(pool.Name, seen);
        }
        _default = _public.Count == 1 ? _public.Values.First() : _public.GetValueOrDefault("default");
    }

    public IReadOnlyCollection<string> Names => _pools.Keys;

    public IReadOnlyCollection<WorkerPool> All => _pools.Values;

    /// <summary>The only pool, or the one named 'default'.</summary>
    /// <exception cref="SnakepitConfigurationException">There is neither.</exception>
    public IWorkerPool Default => _default
        ?? throw new SnakepitConfigurationException(
            $"There is no pool named 'default' among {Shown.Names(_pools.Keys)}; say which with GetPool(name).");

    /// <exception cref="SnakepitConfigurationException">There is no such pool.</exception>
    public IWorkerPool Get(string name) =>
        _public.TryGetValue(name, out IWorkerPool? pool)
            ? pool
            : throw new SnakepitConfigurationException(PoolKey.Unknown(name, _pools.Keys));
}
