using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts bool; also reads it from an array without dimensions.</summary>
internal sealed class BoolConverter : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => SingleElement.Read(ref reader, this, options),
    };

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) =>
        throw MapKeys.Unsupported<bool>();
}
