namespace Snakepit.Python;

/// <summary>The name in <see cref="PoolOptions.Adapter"/>, resolved so that it does not depend on the working directory.</summary>
internal static class AdapterReference
{
    private const string HowToSet = " Set Adapter to a Python file, a module or module:Class.";

    /// <summary>Returns the adapter as workers get it: an absolute file, or a module; either with <c>:Class</c>.</summary>
    /// <exception cref="AdapterLoadException">The adapter is a file that does not exist.</exception>
    public static string Resolve(string pool, string adapter, AdapterFolders folders)
    {
        (string target, string suffix) = SplitClass(adapter);
        if (!IsFile(target))
        {
            return adapter;
        }
        string[] places = [.. folders.Searched.Select(folder => Path.GetFullPath(target, folder)).Distinct()];
        string? found = Array.Find(places, File.Exists);
        return found is not null
            ? found + suffix
            : throw new AdapterLoadException(Explain(pool, adapter, target, places, folders)) { Pool = pool, Adapter = adapter };
    }

    private static string Explain(string pool, string adapter, string target, string[] places, AdapterFolders folders)
    {
        string text = $"Adapter '{adapter}' of pool '{pool}' does not exist; looked for {string.Join(" and ", places)}.";
        if (Path.IsPathFullyQualified(target))
        {
            return text + Suggest(Path.GetFileName(target), [Path.GetDirectoryName(places[0])!]) + HowToSet;
        }
        string? uncopied =
            folders.Project is { } project && Path.GetFullPath(target, project) is var path && File.Exists(path) ? path : null;
        text += uncopied is not null ? $" The project has it, but the build has not copied it to the output folder: {uncopied}."
            : target.StartsWith('~') ? " The ~ is not expanded: write the whole path."
            : Suggest(target, [.. folders.Searched, .. folders.Project is { } known ? [known] : Array.Empty<string>()]);
        return $"{text}{HowToSet} The package copies adapters/**/*.py of a project to the output folder; "
            + $"for another file, add <Content Include=\"{target}\" CopyToOutputDirectory=\"PreserveNewest\" /> to the project.";
    }

    private static string Suggest(string target, IReadOnlyList<string> folders)
    {
        IReadOnlyList<string> near = NearFiles.Find(target, folders);
        return near.Count == 0 ? "" : $" Did you mean {string.Join(" or ", near.Select(static file => $"'{file}'"))}?";
    }

    private static bool IsFile(string target) =>
        target.EndsWith(".py", StringComparison.OrdinalIgnoreCase) || target.Contains('/') || target.Contains(Path.DirectorySeparatorChar);

    private static (string Target, string Suffix) SplitClass(string adapter)
    {
        int colon = adapter.LastIndexOf(':');
        // A separator follows the colon of a drive, a name the colon of a class.
        bool isClass = colon > 0 && colon < adapter.Length - 1 && (char.IsLetter(adapter[colon + 1]) || adapter[colon + 1] == '_');
        return isClass ? (adapter[..colon], adapter[colon..]) : (adapter, "");
    }
}
