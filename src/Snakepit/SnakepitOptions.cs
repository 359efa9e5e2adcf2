using System.Text.Json.Serialization.Metadata;

namespace Snakepit;

/// <summary>Settings of a runtime: what all its pools share.</summary>
public sealed class SnakepitOptions
{
    /// <summary>What starting waits for. Default <see cref="StartPolicy.AllReady"/>; under AddSnakepit <see cref="StartPolicy.Background"/>.</summary>
    public StartPolicy StartPolicy { get; set; } = StartPolicy.AllReady;

    /// <summary>How many workers of all pools may be starting at once; further ones wait for their turn, which does not count as
    /// <see cref="BootOptions.Timeout"/>. One of each pool always may. Default null: twice the processor count, and no fewer than the largest
    /// <see cref="StartOptions.MaxConcurrent"/> among the pools.</summary>
    public int? MaxConcurrentStarts { get; set; }

    /// <summary>The contracts of your own argument and result types, usually a source-generated <c>JsonSerializerContext.Default</c>. They go before the
    /// built-in ones and are needed where reflection is off (native AOT, trimming). Default: none.</summary>
    public IList<IJsonTypeInfoResolver> TypeInfoResolvers { get; } = [];
}
