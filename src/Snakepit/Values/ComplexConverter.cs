using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts Complex to a tagged text of its two parts. Reads a real number as well.</summary>
internal sealed class ComplexConverter : JsonConverter<Complex>
{
    private static readonly TaggedTextConverter<Complex> s_text = new("complex", Format, Parse);
    private static readonly FloatConverter<double> s_real = new();

    public override Complex Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (SingleElement.IsNext(reader))
        {
            return SingleElement.Read(ref reader, this, options);
        }
        Utf8JsonReader ahead = reader;
        bool isReal = reader.TokenType == JsonTokenType.Number || (Tagged.TryReadTag(ref ahead) && ahead.ValueTextEquals("float"u8));
        return isReal ? s_real.Read(ref reader, typeof(double), options) : s_text.Read(ref reader, typeToConvert, options);
    }

    public override void Write(Utf8JsonWriter writer, Complex value, JsonSerializerOptions options) => s_text.Write(writer, value, options);

    /// <summary>Formats a number as Python spells two floats: <c>1.0 -2.5</c>.</summary>
    public static int Format(Complex value, Span<char> destination)
    {
        int length = Format(value.Real, destination);
        destination[length++] = ' ';
        return length + Format(value.Imaginary, destination[length..]);
    }

    public static Complex Parse(string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            ? new Complex(ParsePart(text[..space]), ParsePart(text[(space + 1)..]))
            : throw new FormatException($"'{Shown.Text(text)}' is not a complex number.");
    }

    private static int Format(double part, Span<char> destination)
    {
        if (!double.IsFinite(part))
        {
            string name = FloatText.Special(part);
            name.CopyTo(destination);
            return name.Length;
        }
        Span<byte> utf8 = stackalloc byte[FloatText.LongestDouble];
        return Encoding.ASCII.GetChars(utf8[..FloatText.Format(part, utf8)], destination);
    }

    private static double ParsePart(string text) =>
        text.Contains('n', StringComparison.Ordinal)
            ? FloatText.ParseSpecial(text)
            : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
