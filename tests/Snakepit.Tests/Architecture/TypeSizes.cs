using System.CodeDom.Compiler;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Snakepit.Tests.Architecture;

/// <summary>
/// Measures the types of the library: lines by the sources, instance fields by reflection. Fields of pure data do not count: those of
/// records, and of public types with public properties only.
/// </summary>
internal static partial class TypeSizes
{
    private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Returns the lines and the number of files of every top-level type; a partial type counts with all its files.</summary>
    public static IReadOnlyDictionary<string, (int Lines, int Files)> Lines(IEnumerable<(string Name, string[] Lines)> files)
    {
        var sizes = new Dictionary<string, (int Lines, int Files)>();
        foreach ((_, string[] lines) in files)
        {
            string room =
                lines.Select(static line => Namespace().Match(line)).FirstOrDefault(static match => match.Success)?.Groups[1].Value ?? "";
            (int At, string Type)[] starts =
            [
                .. lines.Index().Select(static line => (line.Index, NameOf(Declaration().Match(line.Item))))
                    .Where(static type => type.Item2.Length > 0),
            ];
            for (int i = 0; i < starts.Length; i++)
            {
                int end = i + 1 < starts.Length ? starts[i + 1].At : lines.Length;
                string type = $"{room}.{starts[i].Type}";
                (int before, int count) = sizes.GetValueOrDefault(type);
                sizes[type] = (before + end - starts[i].At, count + 1);
            }
        }
        return sizes;
    }

    public static int Fields(Type type) => IsData(type) ? 0 : type.GetFields(Own).Length;

    /// <summary>Returns whether the compiler or a generator wrote the type.</summary>
    public static bool IsGenerated(Type type) =>
        type.Name.Contains('<')
        || type.GetCustomAttributes().Any(static attribute => attribute is CompilerGeneratedAttribute or GeneratedCodeAttribute)
        || (type.DeclaringType is { } outer && IsGenerated(outer));

    /// <summary>Returns the name as reflection spells it.</summary>
    private static string NameOf(Match declaration)
    {
        string parameters = declaration.Groups[2].Value;
        return parameters.Length == 0
            ? declaration.Groups[1].Value
            : $"{declaration.Groups[1].Value}`{parameters.Count(static c => c == ',') + 1}";
    }

    private static bool IsData(Type type)
    {
        bool isRecord = type.GetMethod("PrintMembers", Own) is not null;
        return isRecord || (type.IsPublic && Array.TrueForAll(type.GetFields(Own), static field => field.Name.StartsWith('<')));
    }

    [GeneratedRegex(@"^namespace ([\w.]+)")]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|unsafe|partial) )*"
        + @"(?:class|struct|interface|enum|record(?: struct| class)?) (\w+)(<[^>]*>)?")]
    private static partial Regex Declaration();
}
