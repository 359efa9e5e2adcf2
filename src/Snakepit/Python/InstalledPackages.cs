using System.Text.RegularExpressions;

namespace Snakepit.Python;

/// <summary>
/// The packages in the folders in which an interpreter finds modules, by the names of their metadata folders. So it costs one listing of
/// each folder, and no interpreter; <c>importlib.metadata</c> reads the same names.
/// </summary>
/// <param name="Count">How many there are.</param>
/// <param name="Listed">The first of them by name, at most <see cref="MaxListed"/>.</param>
internal sealed partial record InstalledPackages(int Count, IReadOnlyList<PythonPackage> Listed)
{
    public const int MaxListed = 2_000;
    private const int MaxMetadata = 64 * 1024; // the version stands in the first lines, before the description

    private static readonly string[] s_suffixes = [".dist-info", ".egg-info", ".egg"];

    /// <summary>Reads the folders. Of packages with the same name, the first is the one that is imported. Never throws.</summary>
    public static InstalledPackages Read(IReadOnlyList<string> folders)
    {
        Dictionary<string, PythonPackage> found = new(StringComparer.Ordinal);
        foreach (string folder in folders.Where(Path.IsPathFullyQualified))
        {
            foreach (string path in EntriesOf(folder))
            {
                if (Parse(path) is { } package)
                {
                    found.TryAdd(package.Name, package);
                }
            }
        }
        return new InstalledPackages(
            found.Count, [.. found.Values.OrderBy(static package => package.Name, StringComparer.Ordinal).Take(MaxListed)]);
    }

    private static IEnumerable<string> EntriesOf(string folder)
    {
        try
        {
            // Sorted, because two versions of a package in one folder must not take turns.
            return [.. Directory.EnumerateFileSystemEntries(folder, "*-info").Concat(Directory.EnumerateFileSystemEntries(folder, "*.egg"))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return []; // a zip, or a folder that does not exist: both are usual
        }
    }

    /// <summary>Takes <c>name-version[-tags].dist-info</c> apart. Where the folder has no version, its metadata does.</summary>
    private static PythonPackage? Parse(string path)
    {
        string file = Path.GetFileName(path);
        string? suffix = Array.Find(s_suffixes, suffix => file.EndsWith(suffix, StringComparison.Ordinal));
        if (suffix is null || file.Length == suffix.Length || file[0] is '~' or '.') // pip leaves "~umpy" when it is interrupted
        {
            return null;
        }
        string[] parts = file[..^suffix.Length].Split('-', 3);
        return new PythonPackage
        {
            Name = Separators().Replace(parts[0], "-").ToLowerInvariant(),
            Version = parts.Length > 1 ? parts[1].Replace('_', '-') : VersionIn(path),
        };
    }

    private static string VersionIn(string metadata)
    {
        try
        {
            string file = Path.Combine(metadata, "PKG-INFO");
            string? line = File.Exists(file) && new FileInfo(file).Length <= MaxMetadata
                ? File.ReadLines(file).FirstOrDefault(static line => line.StartsWith("Version:", StringComparison.Ordinal))
                : null;
            return line?["Version:".Length..].Trim() ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex("[-_.]+")]
    private static partial Regex Separators();
}
