using System.Text.Json.Serialization.Metadata;

namespace Snakepit;

/// <summary>Settings of a runtime: what all its pools share.</summary>
public sealed class SnakepitOptions
{
    /// <summary>What starting waits for. Default <see cref="StartPolicy.AllReady"/>; under AddSnakepit <see cref="StartPolicy.Background"/>.</summary>
    public StartPolicy StartPolicy { get; set; } = StartPolicy.AllReady;

    /// <summary>The contracts of your own argument and result types, usually a source-generated <c>JsonSerializerContext.Default</c>. They go before the
    /// built-in ones and are needed where reflection is off (native AOT, trimming). Default: none.</summary>
    public IList<IJsonTypeInfoResolver> TypeInfoResolvers { get; } = [];
}
