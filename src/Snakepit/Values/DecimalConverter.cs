using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts decimal with its scale to a tagged text. Reads plain numbers and strings as well.</summary>
internal sealed class DecimalConverter : JsonConverter<decimal>
{
    private static readonly TaggedTextConverter<decimal> s_text = new("decimal", TextForms.Format, TextForms.ParseDecimal);

    public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            return SingleElement.IsNext(reader)
                ? SingleElement.Read(ref reader, this, options)
                : s_text.Read(ref reader, typeToConvert, options);
        }
        return reader.TryGetDecimal(out decimal value) ? value : throw new JsonException("The number is out of the range of Decimal.");
    }

    public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => s_text.Write(writer, value, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
        throw MapKeys.Unsupported<decimal>();
}
