using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Stands for a stream that a call reads: among its arguments, or the result of a host tool. Its items follow in frames of their
/// own.</summary>
/// <param name="Id">The number of the stream among those of the call.</param>
internal sealed record StreamArgument(long Id)
{
    /// <summary>Writes it as a tagged number.</summary>
    internal sealed class Converter : JsonConverter<StreamArgument>
    {
        public override StreamArgument Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("A stream is no result.");

        public override void Write(Utf8JsonWriter writer, StreamArgument value, JsonSerializerOptions options)
        {
            Tagged.WriteStart(writer, "stream"u8);
            writer.WriteNumber(Tagged.ValueName, value.Id);
            writer.WriteEndObject();
        }
    }
}
