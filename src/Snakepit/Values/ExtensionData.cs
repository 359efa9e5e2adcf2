using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>
/// Handles the members of an object that no property has. The serializer reads and writes them with its own converters only, so it gets a
/// dictionary instead of the property's value: one to write, or an empty one to read into, whose content is added to the value at the end.
/// </summary>
internal static class ExtensionData
{
    /// <summary>Returns the replacement of the property.</summary>
    public static JsonPropertyInfo Replace(JsonTypeInfo type, JsonPropertyInfo property)
    {
        if (property.PropertyType == typeof(JsonObject))
        {
            return Replace(type, property, static value => ElementsOf((JsonObject)value), Add);
        }
        if (typeof(IDictionary<string, object?>).IsAssignableFrom(property.PropertyType))
        {
            return Replace(type, property, static value => (IDictionary<string, object?>)value, Add);
        }
        return Replace(type, property, static value => (IDictionary<string, JsonElement>)value, Add);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Contracts of both dictionary types are built in.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Contracts of both dictionary types are built in.")]
    private static JsonPropertyInfo Replace<TValue>(
        JsonTypeInfo type,
        JsonPropertyInfo property,
        Func<object, IDictionary<string, TValue>> membersOf,
        Action<object, string, TValue> add)
    {
        var reading = new ConditionalWeakTable<object, Dictionary<string, TValue>>();
        JsonPropertyInfo replacement = type.CreateJsonPropertyInfo(typeof(IDictionary<string, TValue>), property.Name);
        replacement.IsExtensionData = true;
        replacement.CustomConverter = new MembersConverter<TValue>();
        replacement.ShouldSerialize = property.ShouldSerialize;
        replacement.Get = target =>
            reading.TryGetValue(target, out Dictionary<string, TValue>? read) ? read
            : property.Get?.Invoke(target) is { } value ? membersOf(value)
            : null;
        replacement.Set = static (_, _) => { };
        Action<object>? before = type.OnDeserializing;
        Action<object>? after = type.OnDeserialized;
        type.OnDeserializing = target =>
        {
            before?.Invoke(target);
            reading.AddOrUpdate(target, []);
        };
        type.OnDeserialized = target =>
        {
            if (reading.TryGetValue(target, out Dictionary<string, TValue>? read))
            {
                reading.Remove(target);
                Store(property, target, read, add);
            }
            after?.Invoke(target);
        };
        return replacement;
    }

    private static void Store<TValue>(
        JsonPropertyInfo property, object target, Dictionary<string, TValue> read, Action<object, string, TValue> add)
    {
        if (read.Count == 0)
        {
            return;
        }
        object? value = property.Get?.Invoke(target);
        if (value is null)
        {
            if (property.Set is not { } set)
            {
                throw new JsonException(
                    $"'{Shown.Text(read.Keys.First())}' has no place: the extension data of "
                        + $"{Shown.Type(target.GetType())} is null and has no setter.");
            }
            value = property.PropertyType.IsInstanceOfType(read) ? read : New(property.PropertyType);
            set(target, value);
        }
        if (!ReferenceEquals(value, read))
        {
            foreach ((string name, TValue member) in read)
            {
                add(value, name, member);
            }
        }
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2067", Justification = "A constructor that is not there is an error that says what to do.")]
    private static object New(Type type)
    {
        try
        {
            return type == typeof(JsonObject) ? new JsonObject() : Activator.CreateInstance(type)!;
        }
        catch (MissingMethodException error)
        {
            throw new JsonException($"Extension data of the type {Shown.Type(type)} cannot be created; let the object create it.", error);
        }
    }

    private static Dictionary<string, JsonElement> ElementsOf(JsonObject value) =>
        new(value.Select(static member => KeyValuePair.Create(member.Key, JsonElement.Parse(member.Value?.ToJsonString() ?? "null"))));

    private static void Add(object members, string name, JsonElement member)
    {
        if (members is IDictionary<string, JsonElement> elements)
        {
            elements[name] = member;
        }
        else
        {
            ((JsonObject)members)[name] = member.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.Object => JsonObject.Create(member),
                JsonValueKind.Array => JsonArray.Create(member),
                _ => JsonValue.Create(member),
            };
        }
    }

    private static void Add(object members, string name, object? member) => ((IDictionary<string, object?>)members)[name] = member;

    /// <summary>Writes the pairs into the open object.</summary>
    private sealed class MembersConverter<TValue> : JsonConverter<IDictionary<string, TValue>>
    {
        public override IDictionary<string, TValue> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, IDictionary<string, TValue> value, JsonSerializerOptions options)
        {
            ElementConverter<TValue> values = new(options);
            foreach ((string key, TValue item) in value)
            {
                if (!MapKeys.IsPlain(key))
                {
                    throw new JsonException($"The key '{Shown.Text(key)}' cannot be the name of a member.");
                }
                writer.WritePropertyName(key);
                values.Write(writer, item);
            }
        }
    }
}
