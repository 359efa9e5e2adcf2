namespace Snakepit.Python;

/// <summary>What <see cref="PoolOptions.Adapter"/> names, made independent of the working directory.</summary>
internal static class AdapterReference
{
    /// <summary>The adapter as workers are told: an absolute file, or a module; either with <c>:Class</c>.</summary>
    /// <exception cref="AdapterLoadException">It is a file, and there is none.</exception>
    public static string Resolve(string pool, string adapter)
    {
        (string target, string suffix) = SplitClass(adapter);
        if (!IsFile(target))
        {
            return adapter;
        }
        string[] places = [Path.GetFullPath(target, AppContext.BaseDirectory), Path.GetFullPath(target)];
        string? found = Array.Find(places, File.Exists);
        return found is not null
            ? found + suffix
            : throw new AdapterLoadException(
                $"Adapter '{adapter}' of pool '{pool}' does not exist; looked for {string.Join(" and ", places.Distinct())}. Set Adapter to a Python file, a module or module:Class.",
                pool, adapter, null, null);
    }

    private static bool IsFile(string target) =>
        target.EndsWith(".py", StringComparison.OrdinalIgnoreCase) || target.Contains('/') || target.Contains(Path.DirectorySeparatorChar);

    private static (string Target, string Suffix) SplitClass(string adapter)
    {
        int colon = adapter.LastIndexOf(':');
        // A drive's colon is followed by a separator, a class's by a name.
        bool isClass = colon > 0 && colon < adapter.Length - 1 && (char.IsLetter(adapter[colon + 1]) || adapter[colon + 1] == '_');
        return isClass ? (adapter[..colon], adapter[colon..]) : (adapter, "");
    }
}
