using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values;

/// <summary>Finds the innermost value that contains a byte, the path to it, and the type that the contracts have for it.</summary>
internal readonly ref struct ValuePath
{
    /// <summary>The most characters of a path; the middle of a longer one is left out.</summary>
    public const int Longest = 1_000;

    private const int LongestKey = 100;

    public ValuePath(ReadOnlySpan<byte> body, long position, Type type, JsonSerializerOptions options)
    {
        Utf8JsonReader reader = ReadFailure.ReaderOf(body);
        var path = new StringBuilder("$");
        Value = reader;
        Wanted = type;
        while (reader.BytesConsumed < position && TryEnter(ref reader, position, path, out string? key))
        {
            Value = reader;
            Wanted = Wanted is null ? null : MemberOf(Wanted, key, options);
        }
        Path = Shown.Ends(path.ToString(), Longest);
    }

    public string Path { get; }

    /// <summary>A reader at the value.</summary>
    public Utf8JsonReader Value { get; }

    /// <summary>The type; null where the contracts do not tell it, as within a tuple.</summary>
    public Type? Wanted { get; }

    /// <summary>Moves from a container to its member at the position; returns false when there is none, or members have no path.</summary>
    private static bool TryEnter(ref Utf8JsonReader reader, long position, StringBuilder path, out string? key)
    {
        Utf8JsonReader ahead = reader;
        bool isMap = reader.TokenType == JsonTokenType.StartObject;
        key = null;
        if ((!isMap && reader.TokenType != JsonTokenType.StartArray) || Tagged.TryReadTag(ref ahead))
        {
            return false;
        }
        for (int i = 0; reader.Read() && reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject); i++)
        {
            if (isMap)
            {
                key = reader.GetString()!;
                reader.Read();
            }
            Utf8JsonReader value = reader;
            reader.Skip();
            if (reader.BytesConsumed >= position)
            {
                path.Append(key is null ? $"[{i}]" : Step(key));
                reader = value;
                return true;
            }
        }
        return false;
    }

    private static string Step(string key) =>
        key.Length > 0 && key.All(static c => char.IsLetterOrDigit(c) || c == '_')
            ? $".{Shown.Text(key, LongestKey)}"
            : $"['{Shown.Text(key, LongestKey)}']";

    private static Type? MemberOf(Type type, string? key, JsonSerializerOptions options)
    {
        if (type is { IsArray: true } && type.GetArrayRank() == 1)
        {
            return key is null ? type.GetElementType() : null;
        }
        if (!options.TryGetTypeInfo(Nullable.GetUnderlyingType(type) ?? type, out JsonTypeInfo? contract))
        {
            return null;
        }
        return contract switch
        {
            { Kind: JsonTypeInfoKind.Object } when key is not null =>
                contract.Properties.FirstOrDefault(property => property.Name.Equals(key, StringComparison.OrdinalIgnoreCase))?.PropertyType,
            { Kind: JsonTypeInfoKind.Enumerable } when key is null => contract.ElementType,
            { Converter: IMapConverter map } when key is not null => map.ValueType,
            _ => null,
        };
    }
}
