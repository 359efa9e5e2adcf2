using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>
/// Integers of any size. Also reads a float without a fraction and an array without dimensions, if no information is lost.
/// </summary>
internal sealed class IntegerConverter<T> : JsonConverter<T>
    where T : struct, IBinaryInteger<T>
{
    private const int EnoughForInt128 = 40;

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return SingleElement.Read(ref reader, this, options);
        }
        if (T.TryParse(reader.ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T value))
        {
            return value;
        }
        return FromFloat(ref reader);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => WriteTo(writer, value);

    public static void WriteTo(Utf8JsonWriter writer, T value)
    {
        Span<byte> digits = stackalloc byte[EnoughForInt128];
        if (value.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture))
        {
            writer.WriteRawValue(digits[..length], skipInputValidation: true);
        }
        else
        {
            writer.WriteRawValue(value.ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
        }
    }

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        throw MapKeys.Unsupported<T>();

    private static T FromFloat(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (text.IndexOfAny(".eE"u8) >= 0)
        {
            double number = reader.GetDouble();
            if (!double.IsInteger(number))
            {
                string fraction = Encoding.ASCII.GetString(text[..Math.Min(text.Length, EnoughForInt128)]);
                throw new JsonException($"{fraction} cannot be read as {Shown.Type(typeof(T))} without losing its fraction.");
            }
            try
            {
                return T.CreateChecked(number);
            }
            catch (OverflowException)
            {
                // The error is reported below, as for an integer.
            }
        }
        string shown = Encoding.ASCII.GetString(text[..Math.Min(text.Length, EnoughForInt128)]);
        throw new JsonException($"{shown} is out of the range of {Shown.Type(typeof(T))}.");
    }
}
