using Microsoft.Extensions.Configuration;

namespace Snakepit.Runtime;

/// <summary>Composes the settings of a runtime again, from configuration and code.</summary>
/// <param name="Options">The settings of the runtime as configuration said at its start.</param>
/// <param name="Compose">Returns the settings of the runtime that configuration says, and the pools; throws with all problems.</param>
/// <param name="Sections">The configuration sections that are read.</param>
internal sealed record Composition(
    SnakepitOptions Options,
    Func<(SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools)> Compose,
    IReadOnlyList<IConfigurationSection> Sections);
