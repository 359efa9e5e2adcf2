using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace Snakepit.Values.Marshal;

/// <summary>The marshal codec, for CPython: its own binary format, version 2, which both sides read and write several times as fast as
/// text. Types without a form here go through the json codec, whose contracts and messages are therefore this codec's too.</summary>
internal sealed class MarshalValueCodec : IValueCodec
{
    private readonly JsonValueCodec _json;
    private readonly ContractForms _forms;

    public MarshalValueCodec()
        : this(new JsonValueCodec())
    {
    }

    /// <param name="json">Has the user's contracts.</param>
    public MarshalValueCodec(JsonValueCodec json)
    {
        _json = json;
        _forms = new ContractForms(json);
    }

    /// <summary>Does now what the first call would wait for.</summary>
    public void Prepare()
    {
        _json.Prepare();
        _ = _forms.HasBuiltIn;
    }

    /// <inheritdoc/>
    public void WriteCall(IBufferWriter<byte> body, string tool, in ToolArguments arguments)
    {
        var writer = new MarshalWriter(body, this);
        writer.WriteListStart(arguments.Source switch { null => 1, MixedArguments => 3, _ => 2 });
        writer.WriteText(tool);
        switch (arguments.Source)
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
        ExceptionDispatchInfo? refusal = null;
        try
        {
            var reader = new MarshalReader(body);
            if (TryRead(ref reader, out T value))
            {
                reader.ReadEnd();
                return value;
            }
        }
        catch (OutOfMemoryException error) when (body.Length > ReadFailure.LongestText)
        {
            throw ReadFailure.TextTooLong(typeof(T), body.Length, error);
        }
        catch (Exception error) when (ReadFailure.IsOfTheType(error))
        {
            // The type refused a value. It does so again below, where the message is made.
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            refusal = ExceptionDispatchInfo.Capture(error); // so may the type, in words that do not name it; or the bytes are malformed
        }
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            MarshalToJson.Write(buffers.Writer, body);
            T value = _json.Read<T>(buffers.Json.Written);
            refusal?.Throw();
            return value;
        }
        finally
        {
            buffers.Return();
        }
    }

    /// <inheritdoc/>
    public ToolError ReadError(ReadOnlySpan<byte> body) => _json.ReadError(body);

    /// <summary>Writes a value that is not of one of the few types that everybody knows at sight.</summary>
    public void WriteByType(ref MarshalWriter writer, object value) => _forms.Of(value.GetType()).WriteBoxed(ref writer, value);

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
        TranscodingBuffers buffers = TranscodingBuffers.Rent(writer.Limit);
        try
        {
            if (properties.TypeInfo is null && _forms.Of(properties.Value.GetType()) is ObjectForm form)
            {
                form.WriteBoxed(ref writer, properties.Value);
                return;
            }
            _json.WriteProperties(buffers.Json, tool, properties);
            JsonToMarshal.Write(buffers, ref writer);
        }
        catch (Exception error) when (Unsendable.Is(error))
        {
            buffers.Json.Clear();
            _json.WriteProperties(buffers.Json, tool, properties); // says where in the object it happened
            throw Unsendable.Properties(tool, properties, null, error);
        }
        finally
        {
            buffers.Return();
        }
    }

    private bool TryRead<T>(ref MarshalReader reader, out T value)
    {
        value = default!;
        if (!_forms.HasBuiltIn)
        {
            return false;
        }
        if (BuiltInForms.Find<T>() is { } builtIn)
        {
            return builtIn.TryRead(ref reader, out value);
        }
        if (_json.RequiresMembers)
        {
            return false; // json's reader knows what must be there
        }
        MarshalForm form = _forms.Of(typeof(T));
        if (form is JsonForm || !form.TryReadBoxed(ref reader, out object? boxed))
        {
            return false;
        }
        value = (T)boxed!;
        return true;
    }
}
