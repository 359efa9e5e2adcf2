using System.Buffers;
using System.Text;
using Snakepit.Transport.Values;

namespace Snakepit.Tests.Transport.Values;

/// <summary>Writes a value as an argument and reads it as a result, as a tool that returns its argument would.</summary>
internal static class RoundTrip
{
    private static readonly JsonValueCodec s_codec = new();

    public static string Wire(object? value)
    {
        string call = Call(ToolArguments.Positional(value));
        return call["[\"t\",[".Length..^"]]".Length];
    }

    public static string Call(ToolArguments arguments, JsonValueCodec? codec = null)
    {
        var body = new ArrayBufferWriter<byte>();
        (codec ?? s_codec).WriteCall(body, "t", arguments);
        return Encoding.UTF8.GetString(body.WrittenSpan);
    }

    public static T Read<T>(string wire) => s_codec.Read<T>(Encoding.UTF8.GetBytes(wire));

    public static T Of<T>(T value) => Read<T>(Wire(value));
}
