using System.IO.Enumeration;
using System.Text.RegularExpressions;

namespace Snakepit.Lifecycle;

/// <summary>
/// Decides from their text whether one Python file may import another, directly or through its neighbours. In doubt it may.
/// </summary>
internal static partial class PythonImports
{
    private const int MaxFiles = 1_000;
    private const int MaxLength = 1 << 20;

    /// <param name="from">The file of an adapter.</param>
    /// <param name="to">A file in its folder, or below.</param>
    public static bool MayReach(string from, string to)
    {
        try
        {
            return Search(from, to);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static bool Search(string from, string to)
    {
        List<string> unreached = [.. PythonFiles(Path.GetDirectoryName(from)!).Where(file => file != from).Take(MaxFiles)];
        if (unreached.Count == MaxFiles || !unreached.Contains(to))
        {
            return true;
        }
        var reached = new Queue<string>([from]);
        while (reached.TryDequeue(out string? file))
        {
            if (file == to || new FileInfo(file).Length > MaxLength)
            {
                return true;
            }
            HashSet<string> names = NamesIn(File.ReadAllText(file));
            foreach (string next in unreached.Where(other => names.Contains(ModuleName(other))).ToArray())
            {
                unreached.Remove(next);
                reached.Enqueue(next);
            }
        }
        return false;
    }

    private static FileSystemEnumerable<string> PythonFiles(string folder) =>
        new(folder, static (ref FileSystemEntry entry) => entry.ToFullPath(), new EnumerationOptions { RecurseSubdirectories = true })
        {
            ShouldIncludePredicate = static (ref FileSystemEntry entry) =>
                !entry.IsDirectory && entry.FileName.EndsWith(".py", StringComparison.Ordinal),
            ShouldRecursePredicate = static (ref FileSystemEntry entry) => entry.FileName is not ("site-packages" or "__pycache__"),
        };

    /// <summary>
    /// Returns every name in an import statement or a string. A lazy import in a function counts, and so does one by importlib.
    /// </summary>
    private static HashSet<string> NamesIn(string code) =>
    [
        .. Import().Matches(code).Concat(Quoted().Matches(code))
            .SelectMany(static match => Name().Matches(match.Value)).Select(static match => match.Value),
    ];

    private static string ModuleName(string file) =>
        Path.GetFileNameWithoutExtension(file) is var name && name != "__init__" ? name : Path.GetFileName(Path.GetDirectoryName(file)!);

    /// <summary>Matches to the end of the line, which a backslash or parentheses continue.</summary>
    [GeneratedRegex(@"\b(?:from|import)\b(?:[^\n\\(]|\\\r?\n|\([^)]*\))*")]
    private static partial Regex Import();

    [GeneratedRegex(@"[""'][\w./]+[""']")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Name();
}
