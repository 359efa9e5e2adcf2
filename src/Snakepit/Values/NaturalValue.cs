using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Values without a declared type: reads the .NET type that matches the wire type, writes by the type of the value.</summary>
internal sealed class NaturalConverter : JsonConverter<object?>
{
    public override bool HandleNull => true;

    public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        NaturalValue.Read(ref reader);

    public override void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options) =>
        NaturalValue.Write(writer, value, options);
}

/// <inheritdoc cref="NaturalConverter"/>
internal static class NaturalValue
{
    public static void Write(Utf8JsonWriter writer, object? value, JsonSerializerOptions options)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case string text: TextConverter.WriteTo(writer, text); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case int number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case double number: FloatText.Write(writer, number); break;
            case float number: FloatText.Write(writer, number); break;
            // For the runtime, an array of sbyte, or of an enum of that size, is a byte[] as well.
            case byte[] bytes when value.GetType() == typeof(byte[]): BytesText.Write(writer, bytes); break;
            // The serializer would pass a bare object back to this method endlessly.
            case not null when value.GetType() == typeof(object): WriteEmpty(writer); break;
            default: JsonSerializer.Serialize(writer, value, ValueSerializerOptions.ContractOf(value.GetType(), options)); break;
        }
    }

    private static void WriteEmpty(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }

    public static object? Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => ReadNumber(ref reader),
        JsonTokenType.StartArray => ReadList(ref reader),
        JsonTokenType.StartObject => Tagged.TryReadTag(ref reader) ? ReadTagged(ref reader) : ReadMap(ref reader),
        _ => throw new JsonException("Malformed value."),
    };

    private static object ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out long integer))
        {
            return integer;
        }
        return reader.ValueSpan.IndexOfAny(".eE"u8) >= 0
            ? reader.GetDouble()
            : BigInteger.Parse(Encoding.ASCII.GetString(reader.ValueSpan), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static List<object?> ReadList(ref Utf8JsonReader reader)
    {
        var list = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(Read(ref reader));
        }
        return list;
    }

    private static Dictionary<string, object?> ReadMap(ref Utf8JsonReader reader)
    {
        var map = new Dictionary<string, object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string key = reader.GetString()!;
            reader.Read();
            if (!map.TryAdd(key, Read(ref reader)))
            {
                throw MapKeys.Twice(key);
            }
        }
        return map;
    }

    /// <summary>Returns the value of a tagged text; null when values with this tag are not texts.</summary>
    public static object? FromText(string tag, string text)
    {
        try
        {
            return tag switch
            {
                "float" => FloatText.ParseSpecial(text),
                "complex" => ComplexConverter.Parse(text),
                "decimal" => TextForms.ParseDecimal(text),
                "datetime" => TextForms.HasOffset(text) ? (object)TextForms.ParseDateTimeOffset(text) : TextForms.ParseDateTime(text),
                "date" => TextForms.ParseDate(text),
                "time" => TextForms.ParseTime(text),
                "uuid" => Guid.Parse(text),
                _ => null,
            };
        }
        catch (Exception error) when (IsUnfit(error))
        {
            throw Unfit(tag, error);
        }
    }

    private static object ReadTagged(ref Utf8JsonReader reader)
    {
        string tag = reader.GetString()!;
        try
        {
            return tag switch
            {
                "str" => TextConverter.ReadTagged(ref reader),
                "bytes" => Tagged.ReadBytes(ref reader),
                "timedelta" => DurationConverter.ReadTagged(ref reader),
                "map" => ReadTaggedMap(ref reader),
                "array" => NdArrayConverter.ReadTagged(ref reader),
                "table" => TableConverter.ReadTagged(ref reader),
                _ => FromText(tag, Tagged.ReadText(ref reader)) ?? throw new JsonException($"Unknown value tag '{Shown.Text(tag)}'."),
            };
        }
        catch (Exception error) when (IsUnfit(error))
        {
            throw Unfit(tag, error);
        }
    }

    private static bool IsUnfit(Exception error) => error is FormatException or OverflowException or ArgumentException;

    private static JsonException Unfit(string tag, Exception error) =>
        new($"A {tag} has no .NET counterpart: {Shown.Message(error, Shown.LongestName)}", error);

    /// <summary>A map with string keys is tagged only to escape a key, and is returned as a plain map.</summary>
    private static object ReadTaggedMap(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "v"u8);
        var pairs = new List<KeyValuePair<object, object?>>();
        bool allText = true;
        MapPairs.ReadStart(ref reader);
        while (MapPairs.ReadNext(ref reader))
        {
            object key = Read(ref reader) ?? throw new JsonException("The map has a None key, which a .NET dictionary cannot contain.");
            reader.Read();
            pairs.Add(new(key, Read(ref reader)));
            MapPairs.ReadPairEnd(ref reader);
            allText &= key is string;
        }
        Tagged.ReadEnd(ref reader);
        var byText = new Dictionary<string, object?>();
        var byAny = new Dictionary<object, object?>();
        foreach ((object key, object? value) in pairs)
        {
            if (!(allText ? byText.TryAdd((string)key, value) : byAny.TryAdd(key, value)))
            {
                throw MapKeys.Twice(key);
            }
        }
        return allText ? byText : byAny;
    }
}
