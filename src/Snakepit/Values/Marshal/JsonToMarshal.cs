using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>Translates the output of JSON contracts to marshal.</summary>
internal ref struct JsonToMarshal(PooledBuffer target, MarshalValueCodec codec, int depth)
{
    private readonly PooledBuffer _target = target;
    private MarshalWriter _writer = new(target, codec, depth);

    /// <summary>Writes the JSON in <paramref name="buffers"/> as the next value.</summary>
    public static void Write(TranscodingBuffers buffers, ref MarshalWriter writer)
    {
        // Written to a buffer first, because the number of items of a list is only known at its end.
        var transcoder = new JsonToMarshal(buffers.Marshal, writer.Codec, writer.Depth);
        var json = new Utf8JsonReader(buffers.Json.Written, new JsonReaderOptions { MaxDepth = Protocol.MaxDepth });
        json.Read();
        transcoder.WriteValue(ref json);
        transcoder._writer.Flush();
        writer.WriteRaw(buffers.Marshal.Written);
    }

    private void WriteValue(ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null: _writer.Write(MarshalType.None); break;
            case JsonTokenType.True: _writer.WriteBool(true); break;
            case JsonTokenType.False: _writer.WriteBool(false); break;
            case JsonTokenType.Number: WriteNumber(ref json); break;
            case JsonTokenType.StartArray: WriteList(ref json); break;
            case JsonTokenType.StartObject: WriteObject(ref json); break;
            default: WriteText(ref json); break;
        }
    }

    private void WriteNumber(ref Utf8JsonReader json)
    {
        if (json.TryGetInt64(out long integer))
        {
            _writer.WriteInteger(integer);
        }
        else if (json.ValueSpan.IndexOfAny(".eE"u8) >= 0)
        {
            _writer.WriteFloat(json.GetDouble());
        }
        else
        {
            string digits = Encoding.ASCII.GetString(json.ValueSpan);
            _writer.WriteInteger(BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }
    }

    private void WriteText(ref Utf8JsonReader json)
    {
        if (json.ValueIsEscaped)
        {
            _writer.WriteText(json.GetString());
        }
        else
        {
            _writer.WriteText(json.ValueSpan);
        }
    }

    private void WriteList(ref Utf8JsonReader json)
    {
        _writer.Flush();
        int start = _target.Length;
        _writer.WriteListStart(0);
        int count = 0;
        for (; json.Read() && json.TokenType != JsonTokenType.EndArray; count++)
        {
            WriteValue(ref json);
        }
        _writer.WriteListEnd();
        _writer.Flush();
        BinaryPrimitives.WriteInt32LittleEndian(_target.Written[(start + 1)..], count);
    }

    private void WriteObject(ref Utf8JsonReader json)
    {
        bool isArray = false;
        json.Read();
        if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(Tagged.TagName.EncodedUtf8Bytes))
        {
            json.Read();
            if (json.TokenType != JsonTokenType.String)
            {
                throw new JsonException("A value's tag is not a string.");
            }
            if (TryWriteNative(ref json))
            {
                return;
            }
            isArray = json.ValueTextEquals("array"u8);
            _writer.WriteMapStart();
            _writer.WriteText(Tagged.TagName.EncodedUtf8Bytes);
            WriteText(ref json);
            json.Read();
        }
        else
        {
            _writer.WriteMapStart();
        }
        for (; json.TokenType != JsonTokenType.EndObject; json.Read())
        {
            bool isData = isArray && json.ValueTextEquals("v"u8);
            WriteText(ref json);
            json.Read();
            if (isData)
            {
                _writer.WriteBytes(json.GetBytesFromBase64());
            }
            else
            {
                WriteValue(ref json);
            }
        }
        _writer.WriteMapEnd();
    }

    /// <summary>Writes a value that is tagged in JSON only.</summary>
    private bool TryWriteNative(ref Utf8JsonReader tagged)
    {
        if (tagged.ValueTextEquals("float"u8))
        {
            _writer.WriteFloat(FloatText.ParseSpecial(Tagged.ReadText(ref tagged)));
        }
        else if (tagged.ValueTextEquals("str"u8))
        {
            _writer.WriteText(TextConverter.ReadTagged(ref tagged));
        }
        else if (tagged.ValueTextEquals("bytes"u8))
        {
            _writer.WriteBytes(Tagged.ReadBytes(ref tagged));
        }
        else
        {
            return false;
        }
        return true;
    }
}
