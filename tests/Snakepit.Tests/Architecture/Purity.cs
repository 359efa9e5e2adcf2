using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Snakepit.Tests.Architecture;

/// <summary>
/// Checks what keeps a state machine deterministic. The machine may use the language, collections and arithmetic. It must not wait, start
/// threads, read the clock, use random numbers or do I/O, and it must not keep state in static fields.
/// </summary>
internal static class Purity
{
    private static readonly string[] s_namespaces =
    [
        "System", "System.Collections", "System.Collections.Frozen", "System.Collections.Generic", "System.Collections.Immutable",
        "System.Diagnostics.CodeAnalysis", "System.Numerics", "System.Runtime.CompilerServices", "System.Runtime.InteropServices",
        "System.Text",
    ];

    private static readonly Type[] s_allowed = [typeof(Debug), typeof(UnreachableException), typeof(Timeout)];

    private static readonly string[] s_forbidden =
    [
        "Activator", "AppDomain", "Console", "DateTime", "DateTimeOffset", "Environment", "GC", "Guid", "Lazy`1", "Random", "TimeProvider",
        "TimeZoneInfo",
    ];

    /// <summary>
    /// Returns the types that <paramref name="types"/> refer to beyond the permitted ones, their own namespace,
    /// <paramref name="vocabulary"/> and <paramref name="names"/>; and their static state.
    /// </summary>
    public static IEnumerable<string> Violations(
        IReadOnlyCollection<Type> types, string own, string vocabulary, IReadOnlyCollection<Type> names)
    {
        IEnumerable<string> references =
            from type in types
            from reference in TypeReferences.Of(type)
            where !names.Contains(reference.To) && !IsPure(reference.To, own, vocabulary)
            select reference.ToString();
        return references.Concat(types.SelectMany(StaticState)).Distinct();
    }

    private static bool IsPure(Type type, string own, string vocabulary)
    {
        if (type.Namespace == "System" && s_forbidden.Contains(type.Name))
        {
            return false;
        }
        string name = type.Namespace ?? own; // <PrivateImplementationDetails> has none: it holds constants of the compiler
        return name == own || name == vocabulary || s_namespaces.Contains(name) || s_allowed.Contains(type);
    }

    private static IEnumerable<string> StaticState(Type type) =>
        from field in type.GetFields(BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        where !field.IsLiteral && !(field.IsInitOnly && IsImmutable(field.FieldType)) && !IsCompilerCache(field)
        select $"{type.FullName}.{field.Name} is static state";

    private static bool IsImmutable(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type.IsDefined(typeof(IsReadOnlyAttribute), inherit: false)
        || type.Namespace is "System.Collections.Frozen" or "System.Collections.Immutable";

    /// <summary>The compiler caches a lambda that captures nothing in a static field of a class of its own.</summary>
    private static bool IsCompilerCache(FieldInfo field) =>
        field.DeclaringType!.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        && (field.FieldType == field.DeclaringType || typeof(Delegate).IsAssignableFrom(field.FieldType));
}
