using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Snakepit.Tests.Values;

/// <summary>
/// The limits of .NET for texts, as in docs/values.md: a text at the limit travels, and one with another character is rejected. These
/// tests need gigabytes of memory, so ./test runs them separately, one after another.
/// </summary>
[Trait("Rule", "V1")]
public sealed class LongestTextTests
{
    private const int Longest = 1_073_741_791;
    private const long Needed = 8L << 30;

    public LongestTextTests()
    {
        GC.Collect(); // frees the memory of the previous test
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Assert.SkipWhen(available < Needed, $"takes up to {Needed >> 30} GiB of memory; there are {available >> 30}");
    }

    [Fact(Explicit = true)]
    public void Result_with_json()
    {
        byte[] body = new byte[Longest + 3];
        body.AsSpan().Fill((byte)'x');
        body[0] = body[^2] = (byte)'"';
        AssertReads(new JsonRoundTrip(), body.AsMemory(..^1));

        (body[^2], body[^1]) = ((byte)'x', (byte)'"');
        AssertRefuses(new JsonRoundTrip(), body);
    }

    [Fact(Explicit = true)]
    public void Result_with_marshal()
    {
        byte[] body = new byte[Longest + 6];
        body.AsSpan().Fill((byte)'x');
        body[0] = (byte)'u';
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(1), Longest);
        AssertReads(new MarshalRoundTrip(), body.AsMemory(..^1));

        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(1), Longest + 1);
        AssertRefuses(new MarshalRoundTrip(), body);
    }

    [Fact(Explicit = true)]
    public void Argument_with_json()
    {
        Send(new JsonRoundTrip(), new string('x', 166_666_666));
        Assert.Throws<ArgumentException>(static () => Send(new JsonRoundTrip(), new string('x', 166_666_667)));
        Send(new JsonRoundTrip(), new byte[1_000_000_000]);
    }

    [Fact(Explicit = true)]
    public void Argument_with_marshal()
    {
        Send(new MarshalRoundTrip(), new string('x', 1_000_000_000));
        Send(new MarshalRoundTrip(), new byte[1_000_000_000]);
    }

    private static void AssertReads(RoundTrip codec, ReadOnlyMemory<byte> body) =>
        Assert.Equal(Longest, codec.Codec.Read<string>(body.Span).Length);

    private static void AssertRefuses(RoundTrip codec, byte[] body)
    {
        Assert.ThrowsAny<JsonException>(() => codec.Codec.Read<string>(body));
        Assert.ThrowsAny<JsonException>(() => codec.Codec.Read<object>(body));
    }

    private static void Send(RoundTrip codec, object value) =>
        codec.Codec.WriteCall(new ArrayBufferWriter<byte>(), "t", ToolArguments.Positional(value));
}
