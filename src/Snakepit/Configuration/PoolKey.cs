namespace Snakepit.Configuration;

/// <summary>The key of an injected <see cref="IWorkerPool"/>: a pool's name, or null for the only pool or the one named
/// <c>default</c>.</summary>
internal static class PoolKey
{
    /// <summary>Returns the pool name that a key stands for. Whether that pool exists shows when it is requested.</summary>
    /// <exception cref="SnakepitConfigurationException">The key is no name; or it is null and there are several pools.</exception>
    public static string Resolve(object? key, IReadOnlyCollection<string> names) =>
        (key ?? Only(names)) as string ?? throw new SnakepitConfigurationException(Wrong(key, names)!);

    /// <summary>Returns why a key stands for no pool; null when it stands for one.</summary>
    public static string? Wrong(object? key, IReadOnlyCollection<string> names) => key switch
    {
        null => Only(names) is null ? Ambiguous(names) : null,
        string name => names.Contains(name, StringComparer.OrdinalIgnoreCase) ? null : Unknown(name, names),
        _ => $"A pool's key is its name, a string; '{Shown.Value(key)}' is of {Shown.Type(key.GetType())}. "
            + "Write [FromKeyedServices(\"text\")].",
    };

    public static string Unknown(string name, IReadOnlyCollection<string> names) =>
        $"There is no pool '{Shown.Text(name)}'.{NearName.Suggest(name, names)} Pools: {Shown.Names(names)}.";

    private static string? Only(IReadOnlyCollection<string> names) =>
        names.Count == 1 ? names.First() : names.FirstOrDefault(static name => name.Equals("default", StringComparison.OrdinalIgnoreCase));

    private static string Ambiguous(IReadOnlyCollection<string> names) => names.Count == 0
        ? "There is no pool, so there is no IWorkerPool. Add a pool with AddPool, or under Pools in the configuration."
        : $"There are {names.Count} pools, {Shown.Names(names)}, and none is named 'default', so an IWorkerPool needs a key. "
        + $"Write [FromKeyedServices(\"{names.First()}\")] IWorkerPool, or inject ISnakepit.";
}
