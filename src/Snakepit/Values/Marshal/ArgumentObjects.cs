using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>
/// Writes objects whose properties are the arguments of a call. Each property is written separately, so that plain values need no JSON.
/// </summary>
internal sealed class ArgumentObjects(JsonValueCodec json)
{
    // The properties to write of each type; null when only the serializer can write it.
    private readonly ConcurrentDictionary<Type, JsonPropertyInfo[]?> _properties = new();

    /// <summary>Writes the object. Returns false, and writes nothing, when only the serializer can write it.</summary>
    public bool TryWrite(ref MarshalWriter writer, object arguments)
    {
        JsonPropertyInfo[]? properties =
            _properties.GetOrAdd(arguments.GetType(), static (type, json) => PropertiesOf(json.ContractOf(type)), json);
        if (properties is null)
        {
            return false;
        }
        writer.WriteMapStart();
        foreach (JsonPropertyInfo property in properties)
        {
            object? value = property.Get!(arguments);
            if (property.ShouldSerialize?.Invoke(arguments, value) != false)
            {
                writer.WriteText(property.Name);
                writer.Codec.WriteAs(ref writer, value, property.PropertyType);
            }
        }
        writer.WriteMapEnd();
        return true;
    }

    private static JsonPropertyInfo[]? PropertiesOf(JsonTypeInfo contract) =>
        contract is { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: null, NumberHandling: null }
        && contract is { OnSerializing: null, OnSerialized: null }
        && contract.Properties.All(IsPlain)
            ? [.. contract.Properties.Where(static property => property.Get is not null)]
            : null;

    private static bool IsPlain(JsonPropertyInfo property) =>
        property is { CustomConverter: null, NumberHandling: null, IsExtensionData: false }
        && (property.Get is null || MapKeys.IsPlain(property.Name));
}
