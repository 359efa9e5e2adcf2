using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Snakepit.Frames;

namespace Snakepit.Tests.Frames;

/// <summary>The golden frames of tests/vectors/frames.json, which the Python tests read too.</summary>
[Trait("Rule", "P4")]
public sealed class FrameVectorTests
{
    private const int MaxBody = 1024 * 1024;

    private static readonly Dictionary<string, JsonElement> s_vectors =
        JsonDocument.Parse(File.ReadAllText(RepositoryFiles.PathOf("tests", "vectors", "frames.json"))).RootElement.EnumerateArray()
        .ToDictionary(static vector => vector.GetProperty("name").GetString()!);

    public static TheoryData<string> Good() => [.. Named(static vector => Verdict(vector) == "ok")];

    public static TheoryData<string> Bad() => [.. Named(static vector => Verdict(vector) == "protocol_error")];

    public static TheoryData<string> CutShort() => [.. Named(static vector => Verdict(vector) == "truncated")];

    [Theory]
    [MemberData(nameof(Good))]
    public void A_good_frame_is_read(string name)
    {
        JsonElement fields = s_vectors[name].GetProperty("fields");
        FrameReader reader = Filled(name);

        Assert.True(reader.TryRead(out FrameHeader header, out ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> body));

        Assert.Equal(fields.GetProperty("type").GetString(), header.Type.ToString(), ignoreCase: true);
        Assert.Equal(
            (fields.GetProperty("call").GetUInt64(), fields.GetProperty("seq").GetUInt32(), fields.GetProperty("header_length").GetInt32()),
            (header.Call, header.Seq, header.HeaderLength));
        Assert.Equal(fields.GetProperty("body").GetString(), Encoding.UTF8.GetString(body));
        if (fields.TryGetProperty("run_ns", out JsonElement runtime))
        {
            Assert.Equal(runtime.GetUInt64(), BinaryPrimitives.ReadUInt64LittleEndian(extension));
        }
        Assert.False(reader.HasPartialFrame);
        reader.Release();
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_bad_frame_is_refused(string name)
    {
        FrameReader reader = Filled(name);

        Assert.Throws<ProtocolException>(() => reader.TryRead(out _, out _, out _));
        reader.Release();
    }

    [Theory]
    [MemberData(nameof(CutShort))]
    public void A_frame_that_is_cut_short_is_no_frame(string name)
    {
        FrameReader reader = Filled(name);

        Assert.False(reader.TryRead(out _, out _, out _));
        Assert.True(reader.HasPartialFrame);
        reader.Release();
    }

    [Theory]
    [InlineData("call")]
    [InlineData("call_without_arguments")]
    [InlineData("call_with_window")]
    public void A_call_is_written_byte_for_byte(string name)
    {
        JsonElement fields = s_vectors[name].GetProperty("fields");
        byte[] body = Encoding.UTF8.GetBytes(fields.GetProperty("body").GetString()!);
        byte[] frame = new byte[Protocol.ExtendedHeaderSize + body.Length];
        body.CopyTo(frame, Protocol.ExtendedHeaderSize);

        uint remaining = fields.GetProperty("remaining_ms").GetUInt32();
        FrameWriter.WriteCall(
            frame, fields.GetProperty("call").GetUInt64(), fields.GetProperty("seq").GetUInt32(),
            remaining == 0 ? null : TimeSpan.FromMilliseconds(remaining),
            fields.GetProperty("attempt").GetInt32(),
            fields.TryGetProperty("window", out JsonElement window) ? window.GetInt32() : 0);

        Assert.Equal(s_vectors[name].GetProperty("hex").GetString(), Convert.ToHexStringLower(frame));
    }

    [Theory]
    [InlineData("cancel", FrameType.Cancel)]
    [InlineData("shutdown", FrameType.Shutdown)]
    public void A_control_frame_is_written_byte_for_byte(string name, object type)
    {
        JsonElement fields = s_vectors[name].GetProperty("fields");

        byte[] frame = FrameWriter.Frame(
            (FrameType)type, call: fields.GetProperty("call").GetUInt64(), seq: fields.GetProperty("seq").GetUInt32());

        Assert.Equal(s_vectors[name].GetProperty("hex").GetString(), Convert.ToHexStringLower(frame));
    }

    [Fact]
    public void A_frame_for_a_running_call_is_written_byte_for_byte()
    {
        byte[] credit = FrameWriter.Credit(7, 32, 0);
        byte[] stop = FrameWriter.Stop(7);

        FrameWriter.NoteSeq(credit, 3);
        FrameWriter.NoteSeq(stop, 3);

        Assert.Equal(s_vectors["credit"].GetProperty("hex").GetString(), Convert.ToHexStringLower(credit));
        Assert.Equal(s_vectors["stop"].GetProperty("hex").GetString(), Convert.ToHexStringLower(stop));
    }

    private static FrameReader Filled(string name)
    {
        var reader = new FrameReader(MaxBody);
        byte[] bytes = Convert.FromHexString(s_vectors[name].GetProperty("hex").GetString()!);
        bytes.CopyTo(reader.FreeSpace);
        reader.Advance(bytes.Length);
        return reader;
    }

    private static string Verdict(JsonElement vector) => vector.GetProperty("verdict").GetString()!;

    private static IEnumerable<string> Named(Func<JsonElement, bool> which) =>
        s_vectors.Where(vector => which(vector.Value)).Select(static vector => vector.Key);
}
