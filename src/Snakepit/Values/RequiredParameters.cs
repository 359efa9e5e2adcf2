using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>
/// Constructor parameters that an attribute requires and that have two spellings. The serializer would only accept the declared spelling,
/// and does not tell whether a value came. So <see cref="MissingMembers"/> checks them.
/// </summary>
internal static class RequiredParameters
{
    private static readonly ConditionalWeakTable<JsonTypeInfo, HashSet<string>> s_names = [];
    private static readonly ConditionalWeakTable<JsonTypeInfo, StrongBox<bool>> s_within = [];
    private static volatile bool s_exist;

    /// <summary>Whether any known type has such a parameter. Before that, no message needs the check.</summary>
    public static bool Exist => s_exist;

    /// <summary>Adds a parameter, which the serializer then no longer requires itself.</summary>
    public static void Add(JsonTypeInfo type, JsonPropertyInfo parameter)
    {
        parameter.IsRequired = false;
        s_names.GetOrCreateValue(type).Add(parameter.Name);
        s_exist = true;
    }

    public static bool Has(JsonTypeInfo type, string name) => s_names.TryGetValue(type, out HashSet<string>? names) && names.Contains(name);

    /// <summary>Returns whether a value of this contract may contain an object with such a parameter.</summary>
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
            return null; // the member is never read
        }
    }
}
