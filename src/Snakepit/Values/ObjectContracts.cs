using System.Collections;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>
/// Applies attributes that the serializer only follows with its own converters, where Snakepit has its own for dictionaries and numbers.
/// </summary>
internal static class ObjectContracts
{
    public static void Repair(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object)
        {
            return;
        }
        JsonNumberHandling typeHandling = type.NumberHandling ?? JsonNumberHandling.Strict;
        type.NumberHandling = null;
        for (int i = 0; i < type.Properties.Count; i++)
        {
            JsonPropertyInfo property = type.Properties[i];
            HandleNumbers(property, property.NumberHandling ?? typeHandling);
            if (property.IsExtensionData)
            {
                type.Properties[i] = ExtensionData.Replace(type, property);
            }
            else if ((property.ObjectCreationHandling ?? type.PreferredPropertyObjectCreationHandling)
                == JsonObjectCreationHandling.Populate)
            {
                Populate(property);
            }
        }
    }

    private static void HandleNumbers(JsonPropertyInfo property, JsonNumberHandling handling)
    {
        property.NumberHandling = null; // special floats are written as always
        const JsonNumberHandling Texts = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString;
        if ((handling & Texts) != 0 && property.CustomConverter is null)
        {
            property.CustomConverter = TextNumberConverters.Find(property.PropertyType, handling);
        }
    }

    /// <summary>Adds the members that are read to the dictionary that the object has created.</summary>
    private static void Populate(JsonPropertyInfo property)
    {
        if (!typeof(IDictionary).IsAssignableFrom(property.PropertyType) && !IsDictionaryInterface(property.PropertyType))
        {
            return;
        }
        Func<object, object?>? get = property.Get;
        Action<object, object?>? set = property.Set;
        property.ObjectCreationHandling = JsonObjectCreationHandling.Replace;
        property.Set = (target, value) =>
        {
            if (value is not IDictionary read || get?.Invoke(target) is not IDictionary { IsReadOnly: false } existing)
            {
                set?.Invoke(target, value);
                return;
            }
            foreach (DictionaryEntry entry in read)
            {
                existing[entry.Key] = entry.Value;
            }
        };
    }

    private static bool IsDictionaryInterface(Type type) =>
        type.IsInterface && type.IsGenericType && type.GetGenericTypeDefinition() is { } definition
        && (definition == typeof(IDictionary<,>) || definition == typeof(IReadOnlyDictionary<,>));
}
