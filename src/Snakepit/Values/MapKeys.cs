using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Decides which keys a JSON object can have, and which keys Python can have.</summary>
internal static class MapKeys
{
    public static bool IsPlain(string key) => key != Protocol.ValueTag && !TextConverter.HasLoneSurrogate(key);

    /// <summary>Checks that Python can hash a key: a dict or an array has no hash, nor has a tuple that contains one.</summary>
    /// <exception cref="JsonException">The key cannot be hashed.</exception>
    public static void RequireHashable(object key, JsonSerializerOptions options)
    {
        if (FindUnhashable(key, options) is { } type)
        {
            string what =
                type == key.GetType() ? $"is a {Shown.Type(type)}" : $"is a {Shown.Type(key.GetType())} with a {Shown.Type(type)} in it";
            throw new JsonException(
                $"A key of the dictionary {what}, which Python cannot hash. "
                    + "Keys are strings, numbers, truth values, enums, times, Guids, bytes, and tuples or lists of these.");
        }
    }

    public static JsonException Twice(object key) => new($"Two of the map's keys are '{Shown.Value(key)}' in .NET.");

    public static JsonException Unsupported<T>() =>
        new($"A dictionary with keys of type {Shown.Type(typeof(T))} needs dynamic code here; send a Dictionary<object, object?>.");

    private static Type? FindUnhashable(object? key, JsonSerializerOptions options) => key switch
    {
        null or IConvertible or IFormattable or byte[] or JsonValue => null,
        JsonElement { ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) } => null,
        ITuple tuple => Enumerable.Range(0, tuple.Length)
            .Select(i => FindUnhashable(tuple[i], options))
            .FirstOrDefault(static type => type is not null),
        NdArray or ValueTable or JsonObject or JsonElement { ValueKind: JsonValueKind.Object } => key.GetType(),
        IDictionary => key.GetType(),
        ICollection items =>
            items.Cast<object?>().Select(item => FindUnhashable(item, options)).FirstOrDefault(static type => type is not null),
        _ => options.TryGetTypeInfo(key.GetType(), out JsonTypeInfo? contract)
            && (contract.Kind is JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary || contract.Converter is IMapConverter)
            ? key.GetType()
            : null,
    };
}
