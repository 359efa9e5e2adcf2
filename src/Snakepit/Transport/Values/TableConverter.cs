using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Transport.Values;

/// <summary>Tables as names and columns.</summary>
internal sealed class TableConverter : JsonConverter<ValueTable>
{
    public override ValueTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("table"u8)
            ? ReadTagged(ref reader)
            : throw Tagged.Mismatch<ValueTable>(ref start);
    }

    public override void Write(Utf8JsonWriter writer, ValueTable value, JsonSerializerOptions options)
    {
        Tagged.WriteStart(writer, "table"u8);
        writer.WriteStartArray("names"u8);
        foreach (string name in value.Names)
        {
            TextConverter.WriteTo(writer, name);
        }
        writer.WriteEndArray();
        writer.WriteStartArray("columns"u8);
        foreach (IReadOnlyList<object?> column in value.Columns)
        {
            writer.WriteStartArray();
            foreach (object? item in column)
            {
                NaturalValue.Write(writer, item, options);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static ValueTable ReadTagged(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "names"u8);
        object? names = NaturalValue.Read(ref reader);
        Tagged.ReadMember(ref reader, "columns"u8);
        object? columns = NaturalValue.Read(ref reader);
        Tagged.ReadEnd(ref reader);
        if (names is not List<object?> nameList || columns is not List<object?> columnList || nameList.Count != columnList.Count)
        {
            throw new JsonException("Malformed table.");
        }
        var named = new (string, IEnumerable)[nameList.Count];
        for (int i = 0; i < named.Length; i++)
        {
            named[i] = nameList[i] is string name && columnList[i] is List<object?> values
                ? (name, values)
                : throw new JsonException("Malformed table.");
        }
        try
        {
            return new ValueTable(named);
        }
        catch (ArgumentException error)
        {
            throw new JsonException($"Malformed table: {error.Message}", error);
        }
    }
}
