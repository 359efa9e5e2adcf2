using System.Buffers;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Values.Marshal;

/// <summary>The marshal codec, for CPython: its own binary format, version 2, which both sides read and write several times as fast as
/// text. It has forms for plain values; objects of the user's types go through the json codec, because only that knows contracts.</summary>
internal sealed class MarshalValueCodec : IValueCodec
{
    private readonly JsonValueCodec _json;
    private readonly MarshalForms _forms;
    private readonly ArgumentObjects _objects;

    public MarshalValueCodec()
        : this(new JsonValueCodec())
    {
    }

    /// <param name="json">The json codec, with the user's contracts.</param>
    public MarshalValueCodec(JsonValueCodec json)
    {
        _json = json;
        _forms = new MarshalForms(json);
        _objects = new ArgumentObjects(json);
    }

    /// <summary>Creates the forms in advance, so that the first call does not wait for them.</summary>
    public void Prepare()
    {
        _json.Prepare();
        _ = _forms.Find(typeof(int));
    }

    /// <inheritdoc/>
    public void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments, in CallExtras extras = default)
    {
        var writer = new MarshalWriter(body, this);
        writer.WriteListStart(!extras.IsEmpty ? 4 : arguments.Source switch { null => 1, MixedArguments => 3, _ => 2 });
        writer.WriteText(tool);
        if (extras.IsEmpty)
        {
            WriteArguments(ref writer, tool, arguments.Source);
        }
        else
        {
            WriteArgumentsInFull(ref writer, tool, arguments.Source);
            WriteExtras(ref writer, extras);
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
        try
        {
            var reader = new MarshalReader(body);
            if (_forms.Find(typeof(T)) is MarshalForm<T> form && form.TryRead(ref reader, out T value))
            {
                reader.ReadEnd();
                return value;
            }
        }
        catch (OutOfMemoryException error) when (body.Length > ReadFailure.LongestText)
        {
            throw ReadFailure.TextTooLong(typeof(T), body.Length, error);
        }
        catch (JsonException)
        {
            // The JSON reader explains what is wrong, and where.
        }
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

    /// <inheritdoc/>
    public ToolError ReadError(ReadOnlySpan<byte> body) => _json.ReadError(body);

    /// <summary>Writes a value by its declared type.</summary>
    public void WriteAs(ref MarshalWriter writer, object? value, Type type)
    {
        if (value is null)
        {
            writer.Write(MarshalType.None);
        }
        else if (_forms.Find(type) is { } form)
        {
            form.WriteBoxed(ref writer, value);
        }
        else
        {
            WriteByContract(ref writer, value, type);
        }
    }

    /// <summary>Writes a value by the JSON contract of the type.</summary>
    public void WriteByContract(ref MarshalWriter writer, object value, Type type)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent(writer.Limit);
        try
        {
            JsonSerializer.Serialize(buffers.Writer, value, _json.ContractOf(type));
            buffers.Writer.Flush();
            JsonToMarshal.Write(buffers, ref writer);
        }
        finally
        {
            buffers.Return();
        }
    }

    private void WriteArguments(ref MarshalWriter writer, string tool, object? source)
    {
        switch (source)
        {
            case (string Name, object? Value)[] named:
                WriteNamed(ref writer, tool, named);
                break;
            case object?[] positional:
                WritePositional(ref writer, tool, positional);
                break;
            case MixedArguments mixed:
                WritePositional(ref writer, tool, mixed.Positional);
                WriteNamed(ref writer, tool, mixed.Named);
                break;
            case ObjectArguments properties:
                WriteProperties(ref writer, tool, properties);
                break;
        }
    }

    /// <summary>Writes positional and named arguments, also where there are none.</summary>
    private void WriteArgumentsInFull(ref MarshalWriter writer, string tool, object? source)
    {
        if (source is null or (string, object?)[] or ObjectArguments)
        {
            WritePositional(ref writer, tool, []);
        }
        WriteArguments(ref writer, tool, source);
        if (source is null or object?[])
        {
            WriteNamed(ref writer, tool, []);
        }
    }

    private static void WriteExtras(ref MarshalWriter writer, in CallExtras extras)
    {
        writer.WriteMapStart();
        if (extras.Session is { } session)
        {
            writer.WriteText("session"u8);
            writer.WriteRaw(session.Marshal.Span);
        }
        if (extras.Traceparent is { } context)
        {
            writer.WriteText("traceparent"u8);
            writer.WriteText(context);
        }
        if (extras.Tracestate is { } state)
        {
            writer.WriteText("tracestate"u8);
            writer.WriteText(state);
        }
        writer.WriteMapEnd();
    }

    private static void WriteNamed(ref MarshalWriter writer, string tool, (string Name, object? Value)[] arguments)
    {
        writer.WriteMapStart();
        foreach ((string name, object? value) in arguments)
        {
            writer.WriteText(name);
            WriteArgument(ref writer, tool, name, value);
        }
        writer.WriteMapEnd();
    }

    private static void WritePositional(ref MarshalWriter writer, string tool, object?[] arguments)
    {
        writer.WriteListStart(arguments.Length);
        for (int i = 0; i < arguments.Length; i++)
        {
            WriteArgument(ref writer, tool, i, arguments[i]);
        }
        writer.WriteListEnd();
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
        try
        {
            if (properties.TypeInfo is not null || !_objects.TryWrite(ref writer, properties.Value))
            {
                WritePropertiesByContract(ref writer, tool, properties);
            }
        }
        catch (Exception error) when (Unsendable.Is(error))
        {
            _json.WriteProperties(new PooledBuffer { Limit = writer.Limit }, tool, properties); // its error names the member
            throw Unsendable.Properties(tool, properties, null, error);
        }
    }

    private void WritePropertiesByContract(ref MarshalWriter writer, string tool, ObjectArguments properties)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent(writer.Limit);
        try
        {
            _json.WriteProperties(buffers.Json, tool, properties);
            JsonToMarshal.Write(buffers, ref writer);
        }
        finally
        {
            buffers.Return();
        }
    }
}
