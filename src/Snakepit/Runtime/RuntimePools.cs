using Snakepit.Configuration;
using Snakepit.Pools;

namespace Snakepit.Runtime;

/// <summary>
/// The pools of a runtime by name, regardless of case, and the handles that users have of them. A reload adds and removes pools.
/// </summary>
internal sealed class RuntimePools
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PoolHandle> _handles = new(StringComparer.OrdinalIgnoreCase); // of removed pools too
    private volatile Known _known = new([]);
    private readonly List<WorkerPool> _leaving = []; // removed pools that are stopping
    private bool _isClosed;

    public IReadOnlyCollection<string> Names => _known.ByName.Keys;

    public IReadOnlyCollection<WorkerPool> All => [.. _known.ByName.Values.Select(static handle => handle.Pool)];

    /// <summary>The options in force, by the pools' names.</summary>
    public IReadOnlyDictionary<string, PoolOptions> Options => _known.ByName.Values.ToDictionary(
        static handle => handle.Name, static handle => handle.Pool.Settings.Options, StringComparer.OrdinalIgnoreCase);

    /// <summary>The only pool, or the one named 'default'.</summary>
    /// <exception cref="SnakepitConfigurationException">There is neither.</exception>
    public IWorkerPool Default => _known.Default
        ?? throw new SnakepitConfigurationException(
            $"There is no pool named 'default' among {Shown.Names(Names)}; say which with GetPool(name).");

    /// <exception cref="SnakepitConfigurationException">There is no such pool.</exception>
    public IWorkerPool Get(string name) =>
        _known.ByName.TryGetValue(name, out PoolHandle? handle)
            ? handle
            : throw new SnakepitConfigurationException(PoolKey.Unknown(name, Names));

    public WorkerPool? Find(string name) => _known.ByName.GetValueOrDefault(name)?.Pool;

    /// <returns>False when the runtime stops.</returns>
    public bool TryAdd(ResilientCalls calls)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }
            if (_handles.TryGetValue(calls.Pool.Name, out PoolHandle? handle))
            {
                handle.Serve(calls);
            }
            else
            {
                _handles.Add(calls.Pool.Name, handle = new PoolHandle(calls));
            }
            _known = new Known([.. _known.ByName.Values, handle]);
            return true;
        }
    }

    /// <summary>Removes a pool, which nobody finds any more, and stops it.</summary>
    public async Task RemoveAsync(WorkerPool pool)
    {
        lock (_gate)
        {
            _known = new Known([.. _known.ByName.Values.Where(handle => handle.Pool != pool)]);
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
    private sealed class Known(IEnumerable<PoolHandle> handles)
    {
        public Dictionary<string, PoolHandle> ByName { get; } =
            handles.ToDictionary(static handle => handle.Name, StringComparer.OrdinalIgnoreCase);

        public IWorkerPool? Default => field ??= ByName.Count == 1 ? ByName.Values.First() : ByName.GetValueOrDefault("default");
    }
}
