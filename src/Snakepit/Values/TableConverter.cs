using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Values;

/// <summary>Converts tables to names and columns, and those of the index, if there is one.</summary>
internal sealed class TableConverter : JsonConverter<ValueTable>
{
    public override ValueTable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        return Tagged.TryReadTag(ref reader) && reader.ValueTextEquals("table"u8)
            ? ReadTagged(ref reader)
            : throw new ValueMismatchException(typeof(ValueTable));
    }

    public override void Write(Utf8JsonWriter writer, ValueTable value, JsonSerializerOptions options)
    {
        Tagged.WriteStart(writer, "table"u8);
        WriteColumns(writer, value, options);
        if (value.Index is not null)
        {
            writer.WriteStartObject("index"u8);
            WriteColumns(writer, value.Index, options);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    public static ValueTable ReadTagged(ref Utf8JsonReader reader)
    {
        (string, IEnumerable)[] columns = ReadColumns(ref reader);
        (string, IEnumerable)[]? index = null;
        if (!reader.Read())
        {
            throw Malformed();
        }
        if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("index"u8))
        {
            reader.Read();
            index = reader.TokenType == JsonTokenType.StartObject ? ReadColumns(ref reader) : throw Malformed();
            Tagged.ReadEnd(ref reader);
            reader.Read();
        }
        try
        {
            return reader.TokenType == JsonTokenType.EndObject
                ? new ValueTable(columns) { Index = index is null ? null : new ValueTable(index) }
                : throw Malformed();
        }
        catch (ArgumentException error)
        {
            throw new JsonException($"Malformed table: {error.Message}", error);
        }
    }

    private static void WriteColumns(Utf8JsonWriter writer, ValueTable table, JsonSerializerOptions options)
    {
        writer.WriteStartArray("names"u8);
        foreach (string name in table.Names)
        {
            TextConverter.WriteTo(writer, name);
        }
        writer.WriteEndArray();
        writer.WriteStartArray("columns"u8);
        foreach (IReadOnlyList<object?> column in table.Columns)
        {
            writer.WriteStartArray();
            foreach (object? item in column)
            {
                NaturalValue.Write(writer, item, options);
            }
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
    }

    private static (string Name, IEnumerable Values)[] ReadColumns(ref Utf8JsonReader reader)
    {
        Tagged.ReadMember(ref reader, "names"u8);
        object? names = NaturalValue.Read(ref reader);
        Tagged.ReadMember(ref reader, "columns"u8);
        object? columns = NaturalValue.Read(ref reader);
        if (names is not List<object?> nameList || columns is not List<object?> columnList || nameList.Count != columnList.Count)
        {
            throw Malformed();
        }
        var named = new (string, IEnumerable)[nameList.Count];
        for (int i = 0; i < named.Length; i++)
        {
            named[i] = nameList[i] is string name && columnList[i] is List<object?> values ? (name, values) : throw Malformed();
        }
        return named;
    }

    private static JsonException Malformed() => new("Malformed table.");
}
