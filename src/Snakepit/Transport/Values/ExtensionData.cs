using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Transport.Values;

/// <summary>The members of an object that no property has.</summary>
internal static class ExtensionData
{
    public static void Repair(JsonTypeInfo type, JsonPropertyInfo property)
    {
        if (typeof(IDictionary<string, object?>).IsAssignableFrom(property.PropertyType))
        {
            Repair<object?>(type, property);
        }
        else if (typeof(IDictionary<string, JsonElement>).IsAssignableFrom(property.PropertyType))
        {
            Repair<JsonElement>(type, property);
        }
    }

    private static void Repair<TValue>(JsonTypeInfo type, JsonPropertyInfo property)
    {
        if (property.PropertyType == typeof(Dictionary<string, TValue>))
        {
            property.CustomConverter = new MembersConverter<Dictionary<string, TValue>, TValue>();
        }
        else if (property.PropertyType == typeof(IDictionary<string, TValue>))
        {
            property.CustomConverter = new MembersConverter<IDictionary<string, TValue>, TValue>();
        }
        if (property.Get is not { } get || property.Set is not { } set || !property.PropertyType.IsAssignableFrom(typeof(Extra<TValue>)))
        {
            return;
        }
        Action<object>? before = type.OnDeserializing;
        Action<object>? after = type.OnDeserialized;
        type.OnDeserializing = target =>
        {
            before?.Invoke(target);
            if (get(target) is null)
            {
                set(target, new Extra<TValue>()); // the serializer only knows how to make it for its own converters
            }
        };
        type.OnDeserialized = target =>
        {
            if (get(target) is Extra<TValue> { Count: 0 })
            {
                set(target, null);
            }
            after?.Invoke(target);
        };
    }

    private sealed class Extra<TValue> : Dictionary<string, TValue>;

    /// <summary>Writes the pairs into the object that is open.</summary>
    private sealed class MembersConverter<TMap, TValue> : JsonConverter<TMap>
        where TMap : class, IDictionary<string, TValue>
    {
        public override TMap Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, TMap value, JsonSerializerOptions options)
        {
            ElementConverter<TValue> values = new(options);
            foreach ((string key, TValue item) in value)
            {
                if (!MapKeys.IsPlain(key))
                {
                    throw new JsonException($"The key '{key}' cannot be the name of a member.");
                }
                writer.WritePropertyName(key);
                values.Write(writer, item);
            }
        }
    }
}
