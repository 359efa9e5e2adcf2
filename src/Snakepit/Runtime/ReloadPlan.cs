using Snakepit.Configuration;
using Snakepit.Workers;

namespace Snakepit.Runtime;

/// <summary>The settings of a runtime as configuration and code say.</summary>
internal sealed record ReloadSettings(SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools)
{
    public ReloadSettings((SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools) composed)
        : this(composed.Options, composed.Pools)
    {
    }

    /// <summary>Returns these settings with those of some pools as they were before.</summary>
    public ReloadSettings Keep(IEnumerable<string> names, ReloadSettings before)
    {
        var kept = new Dictionary<string, PoolOptions>(Pools, StringComparer.OrdinalIgnoreCase);
        foreach (string name in names)
        {
            kept[name] = before.Pools[name];
        }
        return this with { Pools = kept };
    }
}

/// <summary>The differences between two compositions of settings.</summary>
internal sealed class ReloadPlan
{
    public ReloadPlan(ReloadSettings next, ReloadSettings before)
    {
        Next = next;
        Removed = [.. before.Pools.Keys.Where(name => !next.Pools.ContainsKey(name))];
        var pools = new List<PoolReload>();
        foreach ((string name, PoolOptions options) in next.Pools)
        {
            bool isNew = !before.Pools.TryGetValue(name, out PoolOptions? old);
            IReadOnlyList<OptionChange> changes = isNew ? [] : PoolOptionTable.Table.Compare(name, old!, options);
            if (isNew || changes.Count > 0)
            {
                pools.Add(new PoolReload(name, options, changes, isNew));
            }
        }
        Pools = pools;
        Changes =
        [
            .. RuntimeOptionTable.Table.Compare(null, before.Options, next.Options), .. pools.SelectMany(static pool => pool.Changes),
        ];
    }

    public ReloadSettings Next { get; }

    /// <summary>The pools that are new or have changes.</summary>
    public IReadOnlyList<PoolReload> Pools { get; }

    public IReadOnlyList<string> Removed { get; }

    public IReadOnlyList<OptionChange> Changes { get; }
}

/// <summary>The part of a reload that concerns one pool.</summary>
internal sealed record PoolReload(string Name, PoolOptions Options, IReadOnlyList<OptionChange> Changes, bool IsNew)
{
    /// <summary>How new workers start; null when that stays the same.</summary>
    public WorkerBlueprint? Blueprint { get; set; }

    public bool NeedsBlueprint => IsNew || Changes.Any(static change => change.Effect == ReloadEffect.Replacement);
}
