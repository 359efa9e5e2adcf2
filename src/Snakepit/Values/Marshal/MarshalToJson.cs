using System.Text.Json;
using System.Text.Unicode;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>Translates a message to the JSON that the json codec would have sent, for types that are read by their contracts.</summary>
internal static class MarshalToJson
{
    private const byte SurrogateLead = 0xED;
    private const byte SurrogateSecond = 0xA0;

    /// <summary>Reads the next value as <see cref="NaturalValue"/> does.</summary>
    public static object ReadNatural(ref MarshalReader reader)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            Write(buffers.Writer, reader.ReadRaw());
            var json = new Utf8JsonReader(buffers.Json.Written, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
            json.Read();
            return NaturalValue.Read(ref json)!;
        }
        finally
        {
            buffers.Return();
        }
    }

    /// <summary>Writes a whole message.</summary>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        var reader = new MarshalReader(body);
        try
        {
            Write(json, ref reader, MayHaveSurrogates(body));
            reader.ReadEnd();
            json.Flush();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new JsonException($"The value is beyond what json takes: {error.Message}", error);
        }
    }

    private static void Write(Utf8JsonWriter json, ref MarshalReader reader, bool surrogates)
    {
        switch (reader.Peek())
        {
            case MarshalType.None: reader.TryRead(MarshalType.None); json.WriteNullValue(); break;
            case MarshalType.True: reader.TryRead(MarshalType.True); json.WriteBooleanValue(true); break;
            case MarshalType.False: reader.TryRead(MarshalType.False); json.WriteBooleanValue(false); break;
            case MarshalType.Int or MarshalType.Long: WriteInteger(json, ref reader); break;
            case MarshalType.Float: reader.TryReadFloat(out double number); FloatText.Write(json, number); break;
            case MarshalType.Text: WriteText(json, reader.ReadText()); break;
            case MarshalType.Bytes: BytesText.Write(json, reader.ReadBytes()); break;
            case MarshalType.List or MarshalType.Tuple: WriteList(json, ref reader, surrogates); break;
            case MarshalType.Map: WriteMap(json, ref reader, surrogates); break;
            default: throw reader.UnknownType();
        }
    }

    private static void WriteInteger(Utf8JsonWriter json, ref MarshalReader reader)
    {
        if (reader.TryReadInteger(out long number))
        {
            json.WriteNumberValue(number);
        }
        else
        {
            IntegerConverter<System.Numerics.BigInteger>.WriteTo(json, reader.ReadBigInteger());
        }
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
        {
            json.WriteStringValue(text);
        }
        else
        {
            TextConverter.WriteTo(json, MarshalText.Decode(text));
        }
    }

    private static void WriteList(Utf8JsonWriter json, ref MarshalReader reader, bool surrogates)
    {
        json.WriteStartArray();
        for (int left = reader.ReadListStart(); left > 0; left--)
        {
            Write(json, ref reader, surrogates);
        }
        reader.ReadListEnd();
        json.WriteEndArray();
    }

    private static void WriteMap(Utf8JsonWriter json, ref MarshalReader reader, bool surrogates)
    {
        if (surrogates && HasKeyBeyondJson(reader))
        {
            WritePairs(json, ref reader, surrogates);
            return;
        }
        MarshalReader ahead = reader;
        bool isArray = MarshalTag.TryRead(ref ahead, out ReadOnlySpan<byte> tag) && tag.SequenceEqual("array"u8);
        json.WriteStartObject();
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> key))
        {
            json.WritePropertyName(Utf8.IsValid(key) ? key : throw reader.Malformed("a key is not UTF-8"));
            if (isArray && reader.Peek() == MarshalType.Bytes)
            {
                json.WriteBase64StringValue(reader.ReadBytes());
            }
            else
            {
                Write(json, ref reader, surrogates);
            }
        }
        json.WriteEndObject();
    }

    private static void WritePairs(Utf8JsonWriter json, ref MarshalReader reader, bool surrogates)
    {
        Tagged.WriteStart(json, "map"u8);
        json.WriteStartArray(Tagged.ValueName);
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> key))
        {
            json.WriteStartArray();
            WriteText(json, key);
            Write(json, ref reader, surrogates);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The reader is a copy, so this does not change the caller's position.
    private static bool HasKeyBeyondJson(MarshalReader reader)
    {
        reader.ReadMapStart();
        while (reader.ReadKey(out ReadOnlySpan<byte> key))
        {
            if (!Utf8.IsValid(key))
            {
                return true;
            }
            reader.ReadRaw();
        }
        return false;
    }

    /// <summary>Returns whether a string may have lone surrogates. If none has, the search for such keys is not needed.</summary>
    private static bool MayHaveSurrogates(ReadOnlySpan<byte> body)
    {
        for (int at = body.IndexOf(SurrogateLead); at >= 0; at = body.IndexOf(SurrogateLead))
        {
            body = body[(at + 1)..];
            if (body is [>= SurrogateSecond, ..])
            {
                return true;
            }
        }
        return false;
    }
}
