using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>
/// Writes an object whose properties are the arguments of a call. Each property is written separately, so that plain values need no JSON.
/// </summary>
internal static class ArgumentObject
{
    /// <summary>Writes the object. Returns false, and writes nothing, when only the serializer can write it.</summary>
    public static bool TryWrite(ref MarshalWriter writer, JsonTypeInfo contract, object arguments)
    {
        if (contract is not { Kind: JsonTypeInfoKind.Object, PolymorphismOptions: null, NumberHandling: null }
            || contract is not { OnSerializing: null, OnSerialized: null }
            || !contract.Properties.All(IsPlain))
        {
            return false;
        }
        writer.WriteMapStart();
        foreach (JsonPropertyInfo property in contract.Properties)
        {
            if (property.Get is not { } get)
            {
                continue;
            }
            object? value = get(arguments);
            if (property.ShouldSerialize?.Invoke(arguments, value) != false)
            {
                writer.WriteText(property.Name);
                writer.Codec.WriteAs(ref writer, value, property.PropertyType);
            }
        }
        writer.WriteMapEnd();
        return true;
    }

    private static bool IsPlain(JsonPropertyInfo property) =>
        property is { CustomConverter: null, NumberHandling: null, IsExtensionData: false }
        && (property.Get is null || MapKeys.IsPlain(property.Name));
}
