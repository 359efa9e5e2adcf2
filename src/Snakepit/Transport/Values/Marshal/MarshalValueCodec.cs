using System.Buffers;

namespace Snakepit.Transport.Values.Marshal;

/// <summary>The marshal codec, for CPython: its own binary format, version 2, which both sides read and write several times as fast as
/// text. Types without a form here go through the json codec, whose contracts and messages are therefore this codec's too.</summary>
internal sealed class MarshalValueCodec : IValueCodec
{
    private readonly JsonValueCodec _json;
    private readonly Lazy<bool> _hasForms;

    public MarshalValueCodec()
        : this(new JsonValueCodec())
    {
    }

    /// <param name="json">Has the user's contracts.</param>
    public MarshalValueCodec(JsonValueCodec json)
    {
        _json = json;
        _hasForms = new Lazy<bool>(() => BuiltInForms.Types.All(json.HasBuiltIn));
    }

    /// <summary>Does now what the first call would wait for.</summary>
    public void Prepare()
    {
        _json.Prepare();
        _ = _hasForms.Value;
    }

    /// <inheritdoc/>
    public void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments)
    {
        var writer = new MarshalWriter(body, this);
        writer.WriteListStart(arguments.Source is null ? 1 : 2);
        writer.WriteText(tool);
        switch (arguments.Source)
        {
            case (string Name, object? Value)[] named:
                writer.WriteMapStart();
                foreach ((string name, object? value) in named)
                {
                    writer.WriteText(name);
                    WriteArgument(ref writer, tool, name, value);
                }
                writer.WriteMapEnd();
                break;
            case object?[] positional:
                writer.WriteListStart(positional.Length);
                for (int i = 0; i < positional.Length; i++)
                {
                    WriteArgument(ref writer, tool, i, positional[i]);
                }
                writer.WriteListEnd();
                break;
            case ObjectArguments properties:
                WriteProperties(ref writer, tool, properties);
                break;
        }
        writer.WriteListEnd();
        writer.Flush();
    }

    /// <inheritdoc/>
    public void WriteValue(IBufferWriter<byte> body, object? value)
    {
        var writer = new MarshalWriter(body, this);
        NaturalMarshal.Write(ref writer, value);
        writer.Flush();
    }

    /// <inheritdoc/>
    public T Read<T>(ReadOnlySpan<byte> body)
    {
        if (BuiltInForms.Find<T>() is { } form && _hasForms.Value)
        {
            var reader = new MarshalReader(body);
            if (form.TryRead(ref reader, out T value))
            {
                reader.ReadEnd();
                return value;
            }
        }
        return ReadThroughJson<T>(body);
    }

    /// <inheritdoc/>
    public ToolError ReadError(ReadOnlySpan<byte> body) => _json.ReadError(body);

    /// <summary>Writes a value that is not one of the few types everybody knows at sight.</summary>
    public void WriteByType(ref MarshalWriter writer, object value)
    {
        if (_hasForms.Value && BuiltInForms.Find(value.GetType()) is { } form)
        {
            form.WriteBoxed(ref writer, value);
            return;
        }
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            _json.WriteValue(buffers.Json, value);
            JsonToMarshal.Write(buffers, ref writer);
        }
        finally
        {
            buffers.Return();
        }
    }

    private T ReadThroughJson<T>(ReadOnlySpan<byte> body)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            MarshalToJson.Write(buffers.Writer, body);
            return _json.Read<T>(buffers.Json.Written);
        }
        finally
        {
            buffers.Return();
        }
    }

    private static void WriteArgument<TName>(ref MarshalWriter writer, string tool, TName name, object? value)
    {
        try
        {
            NaturalMarshal.Write(ref writer, value);
        }
        catch (Exception error) when (Unsendable.Is(error))
        {
            throw Unsendable.Argument(tool, name, value, error);
        }
    }

    private void WriteProperties(ref MarshalWriter writer, string tool, ObjectArguments properties)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            _json.WriteProperties(buffers.Json, tool, properties);
            try
            {
                JsonToMarshal.Write(buffers, ref writer);
            }
            catch (Exception error) when (Unsendable.Is(error))
            {
                throw Unsendable.Properties(tool, properties, error);
            }
        }
        finally
        {
            buffers.Return();
        }
    }
}
