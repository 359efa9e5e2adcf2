using System.CodeDom.Compiler;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Snakepit.Tests.Architecture;

/// <summary>
/// Measures the types of the library: lines by the sources, instance fields by reflection. Fields of pure data do not count: those of
/// records, and of public types with public properties only.
/// </summary>
internal static class TypeSizes
{
    private const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>Returns the lines and the number of files of every top-level type; a partial type counts with all its files.</summary>
    public static IReadOnlyDictionary<string, (int Lines, int Files)> Lines(IEnumerable<(string Name, string[] Lines)> files)
    {
        var sizes = new Dictionary<string, (int Lines, int Files)>();
        foreach ((_, string[] lines) in files)
        {
            IReadOnlyList<(int At, string Name)> starts = SourceTypes.In(lines);
            for (int i = 0; i < starts.Count; i++)
            {
                int end = i + 1 < starts.Count ? starts[i + 1].At : lines.Length;
                (int before, int count) = sizes.GetValueOrDefault(starts[i].Name);
                sizes[starts[i].Name] = (before + end - starts[i].At, count + 1);
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

    private static bool IsData(Type type)
    {
        bool isRecord = type.GetMethod("PrintMembers", Own) is not null;
        return isRecord || (type.IsPublic && Array.TrueForAll(type.GetFields(Own), static field => field.Name.StartsWith('<')));
    }
}
