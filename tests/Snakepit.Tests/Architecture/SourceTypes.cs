using System.Text.RegularExpressions;

namespace Snakepit.Tests.Architecture;

/// <summary>Finds the types that stand at the top level of C# files.</summary>
internal static partial class SourceTypes
{
    /// <summary>The types of a file by their full names, as reflection writes them, each with the line it starts at.</summary>
    public static IReadOnlyList<(int At, string Name)> In(IReadOnlyList<string> lines)
    {
        Match? found = lines.Select(static line => Namespace().Match(line)).FirstOrDefault(static match => match.Success);
        string room = found?.Groups[1].Value ?? "";
        return
        [
            .. lines.Index()
                .Select(static line => (At: line.Index, Declaration: Declaration().Match(line.Item)))
                .Where(static line => line.Declaration.Success)
                .Select(line => (line.At, $"{room}.{NameOf(line.Declaration)}")),
        ];
    }

    /// <summary>The C# files of a project below <c>src</c>, without those that its build has made.</summary>
    public static IEnumerable<string> FilesOf(string project) =>
        from path in Directory.EnumerateFiles(RepositoryFiles.PathOf("src", project), "*.cs", SearchOption.AllDirectories)
        let parts = Path.GetRelativePath(RepositoryFiles.Root, path).Split(Path.DirectorySeparatorChar)
        where !parts.Contains("bin") && !parts.Contains("obj")
        select path;

    private static string NameOf(Match declaration)
    {
        string parameters = declaration.Groups[2].Value;
        return parameters.Length == 0
            ? declaration.Groups[1].Value
            : $"{declaration.Groups[1].Value}`{parameters.Count(static c => c == ',') + 1}";
    }

    [GeneratedRegex(@"^namespace ([\w.]+)")]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|unsafe|partial) )*"
        + @"(?:class|struct|interface|enum|record(?: struct| class)?|delegate \S+) (\w+)(<[^>]*>)?")]
    private static partial Regex Declaration();
}
