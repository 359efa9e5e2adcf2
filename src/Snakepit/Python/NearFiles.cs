using System.IO.Enumeration;

namespace Snakepit.Python;

/// <summary>
/// Finds the files that a user may have meant whose file does not exist. The search is bounded, because the folders may be of any size.
/// </summary>
internal static class NearFiles
{
    private const int MostFound = 3;
    private const int MostEntries = 5_000;

    private static readonly string[] s_skipped = ["bin", "obj", "node_modules", "site-packages", "__pycache__"];

    private static readonly EnumerationOptions s_below = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 4,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System | FileAttributes.ReparsePoint,
    };

    /// <summary>
    /// Returns files of the same name below <paramref name="folders"/>, relative to the folder. If there are none, returns the Python files
    /// in the folders where the file was expected.
    /// </summary>
    public static IReadOnlyList<string> Find(string target, IReadOnlyList<string> folders)
    {
        string name = Path.GetFileName(target);
        string[] same = [.. folders.SelectMany(folder => Below(folder, name)).Distinct().Take(MostFound)];
        return same.Length > 0 ? same : [.. folders.SelectMany(folder => Beside(folder, target)).Distinct().Take(MostFound)];
    }

    private static List<string> Below(string folder, string name)
    {
        if (Path.GetPathRoot(folder) == folder) // a service's working directory may be the root of the machine
        {
            return [];
        }
        return Read(() => new FileSystemEnumerable<string?>(
                folder,
                (ref FileSystemEntry entry) =>
                    !entry.IsDirectory && entry.FileName.Equals(name, StringComparison.OrdinalIgnoreCase) ? entry.ToFullPath() : null,
                s_below)
            {
                ShouldRecursePredicate = static (ref FileSystemEntry entry) => !s_skipped.Contains(entry.FileName.ToString()),
            }
            .Take(MostEntries)
            .OfType<string>()
            .Order(StringComparer.Ordinal)
            .Select(path => Path.GetRelativePath(folder, path)));
    }

    private static List<string> Beside(string folder, string target)
    {
        string name = Path.GetFileName(target), below = Path.GetDirectoryName(target) ?? "";
        return Read(() => Directory.EnumerateFiles(Path.Combine(folder, below), "*.py")
            .Take(MostEntries)
            .Select(Path.GetFileName)
            .OfType<string>()
            .OrderByDescending(other => Likeness(other, name))
            .ThenBy(static other => other, StringComparer.Ordinal)
            .Select(other => Path.Combine(below, other)));
    }

    /// <summary>
    /// Returns how many letters two names share at their beginnings and ends. A mistyped letter may be anywhere, the first one included.
    /// </summary>
    private static int Likeness(string other, string name)
    {
        int ahead = other.AsSpan().CommonPrefixLength(name);
        int behind = 0;
        while (behind < Math.Min(other.Length, name.Length) - ahead && other[^(behind + 1)] == name[^(behind + 1)])
        {
            behind++;
        }
        return ahead + behind;
    }

    /// <summary>Returns the files that can be read. A failure only makes the message less helpful.</summary>
    private static List<string> Read(Func<IEnumerable<string>> files)
    {
        try
        {
            return [.. files()];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
