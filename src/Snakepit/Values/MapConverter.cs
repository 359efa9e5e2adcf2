using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Snakepit.Frames;

namespace Snakepit.Values;

/// <summary>Dictionaries: an object when every key is a string that needs no escape, a tagged list of pairs otherwise.</summary>
internal sealed class MapConverter<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] TMap, TKey, TValue>
    : JsonConverter<TMap>, IMapConverter
    where TMap : class, IEnumerable<KeyValuePair<TKey, TValue>>
    where TKey : notnull
{
    public Type ValueType => typeof(TValue);

    public override TMap Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Utf8JsonReader start = reader;
        ICollection<KeyValuePair<TKey, TValue>> map = Create();
        if (Tagged.TryReadTag(ref reader))
        {
            if (reader.ValueTextEquals("map"u8))
            {
                ReadPairs(ref reader, map, options);
            }
            else if (reader.ValueTextEquals("table"u8))
            {
                ReadLabelled(TableParts.Read(ref reader), map, options);
            }
            else
            {
                throw new ValueMismatchException(typeof(TMap));
            }
        }
        else if (reader.TokenType == JsonTokenType.StartObject)
        {
            ReadObject(ref reader, map, options);
        }
        else
        {
            throw new ValueMismatchException(typeof(TMap));
        }
        return (TMap)map;
    }

    public override void Write(Utf8JsonWriter writer, TMap value, JsonSerializerOptions options)
    {
        ElementConverter<TValue> values = new(options);
        if (value is IEnumerable<KeyValuePair<string, TValue>> named && named.All(pair => MapKeys.IsPlain(pair.Key)))
        {
            writer.WriteStartObject();
            foreach ((string key, TValue item) in named)
            {
                writer.WritePropertyName(key);
                values.Write(writer, item);
            }
            writer.WriteEndObject();
            return;
        }
        ElementConverter<TKey> keys = new(options);
        Tagged.WriteStart(writer, "map"u8);
        writer.WriteStartArray(Tagged.ValueName);
        foreach ((TKey key, TValue item) in value)
        {
            MapKeys.RequireHashable(key, options);
            writer.WriteStartArray();
            keys.Write(writer, key);
            values.Write(writer, item);
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static ICollection<KeyValuePair<TKey, TValue>> Create()
    {
        if (typeof(TMap).IsAssignableFrom(typeof(Dictionary<TKey, TValue>)))
        {
            return new Dictionary<TKey, TValue>();
        }
        return !typeof(TMap).IsAbstract && typeof(TMap).GetConstructor(Type.EmptyTypes) is not null
            && Activator.CreateInstance<TMap>() is ICollection<KeyValuePair<TKey, TValue>> { IsReadOnly: false } map
            ? map
            : throw new JsonException($"{Shown.Type(typeof(TMap))} cannot be filled; read a Dictionary<,>.");
    }

    private static void ReadObject(ref Utf8JsonReader reader, ICollection<KeyValuePair<TKey, TValue>> map, JsonSerializerOptions options)
    {
        ElementConverter<TValue> values = new(options);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            if (name == Protocol.ValueUnserializable && typeof(TValue) != typeof(object))
            {
                throw Unserializable.Exception();
            }
            TKey key = name is TKey text ? text
                : typeof(TKey).IsEnum ? new ElementConverter<TKey>(options).Read(ref reader)
                : throw new JsonException($"The key '{Shown.Text(name)}' is a string, not {Shown.Type(typeof(TKey))}.");
            reader.Read();
            Set(map, key, values.Read(ref reader));
        }
    }

    private static void ReadPairs(ref Utf8JsonReader reader, ICollection<KeyValuePair<TKey, TValue>> map, JsonSerializerOptions options)
    {
        ElementConverter<TKey> keys = new(options);
        ElementConverter<TValue> values = new(options);
        Tagged.ReadMember(ref reader, "v"u8);
        MapPairs.ReadStart(ref reader);
        while (MapPairs.ReadNext(ref reader))
        {
            TKey key = keys.Read(ref reader) ?? throw new JsonException("The map has a None key, which a .NET dictionary cannot contain.");
            reader.Read();
            Set(map, key, values.Read(ref reader));
            MapPairs.ReadPairEnd(ref reader);
        }
        Tagged.ReadEnd(ref reader);
    }

    /// <summary>Reads labels and values. Rows without labels are numbered.</summary>
    private static void ReadLabelled(in TableParts table, ICollection<KeyValuePair<TKey, TValue>> map, JsonSerializerOptions options)
    {
        ElementConverter<TKey> keys = new(options);
        ElementConverter<TValue> values = new(options);
        Utf8JsonReader items = table.Values;
        Utf8JsonReader labels = table.Labels;
        for (int row = 0; items.Read() && items.TokenType != JsonTokenType.EndArray; row++)
        {
            if (table.HasLabels)
            {
                labels.Read();
            }
            else
            {
                labels = new Utf8JsonReader(Encoding.ASCII.GetBytes(row.ToString(CultureInfo.InvariantCulture)));
                labels.Read();
            }
            TKey key = keys.Read(ref labels) ?? throw new JsonException("A label is None, which a .NET dictionary cannot contain.");
            Set(map, key, values.Read(ref items));
        }
    }

    /// <summary>Rejects two keys that are different in Python and equal in .NET, because one of the values would be lost.</summary>
    private static void Set(ICollection<KeyValuePair<TKey, TValue>> map, TKey key, TValue value)
    {
        if (map is IDictionary<TKey, TValue> dictionary)
        {
            if (!dictionary.TryAdd(key, value))
            {
                throw MapKeys.Twice(key);
            }
        }
        else
        {
            map.Add(new(key, value));
        }
    }
}

/// <summary>Describes the type of a <see cref="MapConverter{TMap, TKey, TValue}"/>.</summary>
internal interface IMapConverter
{
    Type ValueType { get; }
}
