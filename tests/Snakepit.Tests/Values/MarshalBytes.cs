using System.Buffers;
using System.Text;
using Snakepit.Values;
using Snakepit.Values.Marshal;

namespace Snakepit.Tests.Values;

/// <summary>Marshal data and the equivalent JSON.</summary>
internal static class MarshalBytes
{
    public static string ToJson(ReadOnlySpan<byte> marshal)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            MarshalToJson.Write(buffers.Writer, marshal);
            return Encoding.UTF8.GetString(buffers.Json.Written);
        }
        finally
        {
            buffers.Return();
        }
    }

    public static byte[] FromJson(string json)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent();
        try
        {
            buffers.Json.Write(Encoding.UTF8.GetBytes(json));
            var body = new ArrayBufferWriter<byte>();
            var writer = new MarshalWriter(body, new MarshalValueCodec());
            JsonToMarshal.Write(buffers, ref writer);
            writer.Flush();
            return body.WrittenSpan.ToArray();
        }
        finally
        {
            buffers.Return();
        }
    }
}
