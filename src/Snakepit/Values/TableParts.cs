using System.Text.Json;

namespace Snakepit.Values;

/// <summary>
/// A tagged table of one column, such as a Series: its values, and its labels, if it has any. Both readers are at the start of a list.
/// </summary>
internal readonly ref struct TableParts
{
    private TableParts(Utf8JsonReader values, Utf8JsonReader labels, bool hasLabels)
    {
        Values = values;
        Labels = labels;
        HasLabels = hasLabels;
    }

    public Utf8JsonReader Values { get; }

    public Utf8JsonReader Labels { get; }

    public bool HasLabels { get; }

    /// <summary>Reads the table at whose tag the reader is, to its end.</summary>
    /// <exception cref="JsonException">The table does not have exactly one column, or has several levels of labels.</exception>
    public static TableParts Read(ref Utf8JsonReader reader)
    {
        Utf8JsonReader values = ReadColumn(ref reader, "columns");
        Utf8JsonReader labels = values;
        bool hasLabels = false;
        reader.Read();
        if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("index"u8))
        {
            reader.Read();
            labels = ReadColumn(ref reader, "levels of labels");
            hasLabels = true;
            Tagged.ReadEnd(ref reader);
            reader.Read();
        }
        return reader.TokenType == JsonTokenType.EndObject
            ? new TableParts(values, labels, hasLabels)
            : throw new JsonException("Malformed table.");
    }

    private static Utf8JsonReader ReadColumn(ref Utf8JsonReader reader, string what)
    {
        Tagged.ReadMember(ref reader, "names"u8);
        int names = 0;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; names++)
            {
                reader.Skip(); // a name may be a tagged string
            }
        }
        return OnlyColumn(ref reader, names, what);
    }

    private static Utf8JsonReader OnlyColumn(ref Utf8JsonReader reader, int names, string what)
    {
        Tagged.ReadMember(ref reader, "columns"u8);
        if (names != 1 || reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException($"The table has {names} {what}, where one is needed; read it as {nameof(ValueTable)}.");
        }
        reader.Read();
        Utf8JsonReader column = reader;
        reader.Skip();
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray ? column : throw new JsonException("Malformed table.");
    }
}
