using System.Runtime.InteropServices;

namespace Snakepit.Values.Marshal;

/// <summary>Values without a declared type, as <see cref="NaturalValue"/>.</summary>
internal static class NaturalMarshal
{
    private static readonly object s_true = true;
    private static readonly object s_false = false;

    public static void Write(ref MarshalWriter writer, object? value)
    {
        switch (value)
        {
            case null: writer.Write(MarshalType.None); break;
            case string text: writer.WriteText(text); break;
            case bool flag: writer.WriteBool(flag); break;
            case int number: writer.WriteInteger(number); break;
            case long number: writer.WriteInteger(number); break;
            case double number: writer.WriteFloat(number); break;
            case float number: writer.WriteFloat(number); break;
            // For the runtime, an array of sbyte, or of an enum of that size, is a byte[] as well.
            case byte[] bytes when value.GetType() == typeof(byte[]): writer.WriteBytes(bytes); break;
            // What is declared to be an object is written here.
            case not null when value.GetType() == typeof(object): WriteEmpty(ref writer); break;
            default: writer.Codec.WriteAs(ref writer, value, value.GetType()); break;
        }
    }

    private static void WriteEmpty(ref MarshalWriter writer)
    {
        writer.WriteMapStart();
        writer.WriteMapEnd();
    }

    public static object? Read(ref MarshalReader reader)
    {
        switch (reader.Peek())
        {
            case MarshalType.None: reader.TryRead(MarshalType.None); return null;
            case MarshalType.True: reader.TryRead(MarshalType.True); return s_true;
            case MarshalType.False: reader.TryRead(MarshalType.False); return s_false;
            case MarshalType.Int or MarshalType.Long: return ReadInteger(ref reader);
            case MarshalType.Float: reader.TryReadFloat(out double number); return number;
            case MarshalType.Text: return MarshalText.Decode(reader.ReadText());
            case MarshalType.Bytes: return reader.ReadBytes().ToArray();
            case MarshalType.List or MarshalType.Tuple: return ReadList(ref reader);
            case MarshalType.Map: return ReadMap(ref reader);
            default: throw reader.UnknownType();
        }
    }

    private static object ReadInteger(ref MarshalReader reader) =>
        reader.TryReadInteger(out long integer) ? (object)integer : reader.ReadBigInteger();

    private static List<object?> ReadList(ref MarshalReader reader)
    {
        var list = new List<object?>();
        CollectionsMarshal.SetCount(list, reader.ReadListStart());
        foreach (ref object? item in CollectionsMarshal.AsSpan(list))
        {
            item = Read(ref reader);
        }
        reader.ReadListEnd();
        return list;
    }

    private static object ReadMap(ref MarshalReader reader)
    {
        MarshalReader start = reader;
        var map = new Dictionary<string, object?>();
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> key))
        {
            if (map.Count == 0 && MarshalTag.IsTag(key))
            {
                reader = start;
                return ReadTagged(ref reader);
            }
            string name = KeyCache.Get(key);
            if (!map.TryAdd(name, Read(ref reader)))
            {
                throw MapKeys.Twice(name);
            }
        }
        return map;
    }

    private static object ReadTagged(ref MarshalReader reader)
    {
        MarshalReader ahead = reader;
        if (NdArrayForm.Instance.TryRead(ref ahead, out NdArray array))
        {
            reader = ahead;
            return array;
        }
        ahead = reader;
        if (MarshalTag.TryRead(ref ahead, out ReadOnlySpan<byte> tag) && MarshalTag.TryReadText(ref ahead, out ReadOnlySpan<byte> text)
            && NaturalValue.FromText(MarshalText.Decode(tag), MarshalText.Decode(text)) is { } value)
        {
            reader = ahead;
            return value;
        }
        return MarshalToJson.ReadNatural(ref reader);
    }
}
