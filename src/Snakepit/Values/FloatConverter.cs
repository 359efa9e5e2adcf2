using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Converts double, float and Half, always with a point or an exponent, so that 1.0 stays a float. Narrow types travel as the equal double.
/// </summary>
internal sealed class FloatConverter<T> : JsonConverter<T>
    where T : struct, IBinaryFloatingPointIeee754<T>
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            T value = T.CreateTruncating(reader.GetDouble());
            return T.IsFinite(value) ? value : throw new JsonException($"The number is out of the range of {Shown.Type(typeof(T))}.");
        }
        Utf8JsonReader start = reader;
        if (Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("float"u8))
        {
            return T.CreateTruncating(FloatText.ParseSpecial(Tagged.ReadText(ref reader)));
        }
        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("decimal"u8) && start.TokenType == JsonTokenType.StartObject)
        {
            return FromDecimal(Tagged.ReadText(ref reader));
        }
        reader = start;
        return SingleElement.Read(ref reader, this, options);
    }

    /// <summary>Returns the nearest value, as Python's float() does.</summary>
    private static T FromDecimal(string text)
    {
        if (text.Contains("NaN", StringComparison.Ordinal))
        {
            return T.NaN;
        }
        if (text.EndsWith("Infinity", StringComparison.Ordinal))
        {
            return text[0] == '-' ? T.NegativeInfinity : T.PositiveInfinity;
        }
        T value = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double nearest)
            ? T.CreateTruncating(nearest)
            : throw new JsonException($"'{Shown.Text(text)}' is no decimal.");
        return T.IsFinite(value)
            ? value
            : throw new JsonException($"The decimal {Shown.Text(text)} is out of the range of {Shown.Type(typeof(T))}.");
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        FloatText.Write(writer, double.CreateTruncating(value));

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        throw MapKeys.Unsupported<T>();
}

/// <summary>Formats doubles for the wire.</summary>
internal static class FloatText
{
    public const int LongestDouble = 32;

    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (!double.IsFinite(value))
        {
            Tagged.Write(writer, "float"u8, Special(value));
            return;
        }
        Span<byte> text = stackalloc byte[LongestDouble];
        writer.WriteRawValue(text[..Format(value, text)], skipInputValidation: true);
    }

    /// <summary>Writes a finite number, always with a point or an exponent, and returns the length.</summary>
    public static int Format(double value, Span<byte> text)
    {
        value.TryFormat(text, out int length, default, CultureInfo.InvariantCulture);
        int mark = text[..length].IndexOfAny((byte)'.', (byte)'E');
        if (mark < 0)
        {
            ".0"u8.CopyTo(text[length..]);
            length += 2;
        }
        else if (text[mark..length].IndexOf((byte)'E') is >= 0 and int exponent)
        {
            text[mark + exponent] = (byte)'e'; // as Python writes it
        }
        return length;
    }

    /// <summary>Returns the name of a number that is not finite.</summary>
    public static string Special(double value) => double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";

    public static double ParseSpecial(string text) => text switch
    {
        "nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => throw new JsonException($"'{Shown.Text(text)}' is not a special float."),
    };
}
