using System.Text.Json.Serialization.Metadata;

namespace Snakepit;

/// <summary>Options for a runtime, which all its pools share.</summary>
public sealed class SnakepitOptions
{
    /// <summary>Gets or sets what the start of the runtime waits for. Default <see cref="StartPolicy.AllReady"/>; under AddSnakepit
    /// <see cref="StartPolicy.Checked"/>.</summary>
    public StartPolicy StartPolicy { get; set; } = StartPolicy.AllReady;

    /// <summary>Gets or sets how many workers of all pools together may be starting at once; <see cref="StartOptions.MaxConcurrent"/>
    /// limits those of one pool. Further starts wait for their turn; the wait does not count as <see cref="BootOptions.Timeout"/>. Each
    /// pool may always start one worker, so that a pool whose starts hang does not hold up the others. The limit applies to this process
    /// alone. Default null: twice the processor count, and no fewer than the largest <see cref="StartOptions.MaxConcurrent"/> among the
    /// pools.</summary>
    public int? MaxConcurrentStarts { get; set; }

    /// <summary>Gets or sets the memory that the workers of all pools may have together. A worker starts only where there is room for what
    /// workers of its pool are expected to need; <see cref="BudgetSnapshot"/> shows it. If a replacement has no room beside the old worker,
    /// it waits for other replacements to end. If that is not enough, the old worker stops first, as with
    /// <see cref="RecycleMode.StopFirst"/>, even if fewer than <see cref="PoolOptions.MinReady"/> workers are left for that time. Room for
    /// one worker of each pool is always kept, so a budget that is too small for that is exceeded, which is logged. The budget limits
    /// starts; <see cref="MemoryOptions.HardLimit"/> limits what a worker takes later. Default null: no limit.</summary>
    public MemorySize? MemoryBudget { get; set; }

    /// <summary>Gets or sets how many workers of all pools together may be replaced at once; <see cref="RecycleOptions.MaxConcurrent"/>
    /// limits those of one pool. Pools that wait take turns. Workers that take no more calls because of
    /// <see cref="RecycleOptions.StrictMaxRequests"/> and workers that have died do not count. Default null: no limit.</summary>
    public int? MaxConcurrentRecycles { get; set; }

    /// <summary>Gets the contracts of your own argument and result types, usually a source-generated <c>JsonSerializerContext.Default</c>.
    /// They take precedence over the built-in contracts and are needed if reflection is off (native AOT, trimming). Default:
    /// empty.</summary>
    public IList<IJsonTypeInfoResolver> TypeInfoResolvers { get; } = [];
}
