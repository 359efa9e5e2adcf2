using Snakepit.Values;

namespace Snakepit.Pools;

/// <summary>The settings of a pool.</summary>
/// <param name="Options">The options.</param>
/// <param name="Described">The options as text, by their paths, for snapshots.</param>
/// <param name="Codecs">Writes and reads values as the options say.</param>
internal sealed record PoolSettings(PoolOptions Options, IReadOnlyDictionary<string, string> Described, ValueCodecs Codecs);
