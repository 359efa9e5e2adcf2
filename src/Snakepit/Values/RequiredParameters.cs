using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>Parameters of constructors that are required by an attribute and have two spellings. The serializer would ask for the declared
/// one alone, and sets no property by which it could be seen that they came: <see cref="MissingMembers"/> looks for them.</summary>
internal static class RequiredParameters
{
    private static readonly ConditionalWeakTable<JsonTypeInfo, HashSet<string>> s_names = [];
    private static readonly ConditionalWeakTable<JsonTypeInfo, StrongBox<bool>> s_within = [];
    private static volatile bool s_exist;

    /// <summary>Whether any type that was met has one; until then nobody need look for them.</summary>
    public static bool Exist => s_exist;

    /// <summary>Has the parameter looked for, instead of by the serializer.</summary>
    public static void Add(JsonTypeInfo type, JsonPropertyInfo parameter)
    {
        parameter.IsRequired = false;
        s_names.GetOrCreateValue(type).Add(parameter.Name);
        s_exist = true;
    }

    public static bool Has(JsonTypeInfo type, string name) => s_names.TryGetValue(type, out HashSet<string>? names) && names.Contains(name);

    /// <summary>Whether a value that is read by the contract may have one in it.</summary>
    public static bool AreWithin(JsonTypeInfo contract) =>
        s_within.GetValue(contract, static contract => new StrongBox<bool>(AreWithin(contract, []))).Value;

    private static bool AreWithin(JsonTypeInfo contract, HashSet<Type> seen)
    {
        if (!seen.Add(contract.Type))
        {
            return false;
        }
        IEnumerable<Type> inner = contract switch
        {
            { Kind: JsonTypeInfoKind.Object } => contract.Properties.Select(static property => property.PropertyType),
            { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } item } => [item],
            { Converter: IMapConverter map } => [map.ValueType],
            _ => Nullable.GetUnderlyingType(contract.Type) is { } value ? [value] : [],
        };
        return s_names.TryGetValue(contract, out _)
            || inner.Any(type => Find(type, contract.Options) is { } found && AreWithin(found, seen));
    }

    private static JsonTypeInfo? Find(Type type, JsonSerializerOptions options)
    {
        try
        {
            return options.TryGetTypeInfo(type, out JsonTypeInfo? contract) ? contract : null;
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException)
        {
            return null; // a member that nobody reads
        }
    }
}
