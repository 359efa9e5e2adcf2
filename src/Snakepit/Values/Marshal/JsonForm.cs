using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>A type that only its json contract knows.</summary>
internal sealed class JsonForm(Func<JsonTypeInfo> contract) : MarshalForm
{
    public override void WriteBoxed(ref MarshalWriter writer, object value)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent(writer.Limit);
        try
        {
            JsonSerializer.Serialize(buffers.Writer, value, contract());
            buffers.Writer.Flush();
            JsonToMarshal.Write(buffers, ref writer);
        }
        finally
        {
            buffers.Return();
        }
    }

    /// <summary>False when it does not fit, or that is for the reader of all of the message to say.</summary>
    public override bool TryReadBoxed(ref MarshalReader reader, out object? value)
    {
        if (RequiredParameters.AreWithin(contract()))
        {
            value = null;
            return false;
        }
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            MarshalToJson.Write(buffers.Writer, reader.ReadRaw());
            value = JsonSerializer.Deserialize(buffers.Json.Written, contract());
            return true;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            value = null; // all of the message goes through json, which says where it is
            return false;
        }
        finally
        {
            buffers.Return();
        }
    }
}
