using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts a database's null to null.</summary>
internal sealed class DBNullConverter : JsonConverter<DBNull>
{
    public override bool HandleNull => true;

    public override DBNull Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? DBNull.Value : throw new ValueMismatchException(typeof(DBNull));

    public override void Write(Utf8JsonWriter writer, DBNull value, JsonSerializerOptions options) => writer.WriteNullValue();
}
