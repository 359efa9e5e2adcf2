using System.Buffers;
using Snakepit.Simulation.Fuzz;
using Snakepit.Values.Marshal;

namespace Snakepit.Tests.Values;

[Trait("Rule", "V1"), Trait("Rule", "V3")]
public sealed class MarshalVectorTests
{
    private const string JsonAlone = "float_1e16_long"; // another JSON spelling of the same value

    private readonly MarshalValueCodec _codec = new();

    public static TheoryData<string, string, bool> Vectors() => VectorValues.Of("marshal.json");

    [Fact]
    public void Vectors_all_have_a_value_here() =>
        Assert.Equal(VectorValues.ByName.Keys.Except([JsonAlone]).Order(), Vectors().Select(vector => vector.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(Vectors))]
    public void WriteValue_vector_gives_the_same_bytes(string name, string wire, bool written)
    {
        var body = new ArrayBufferWriter<byte>();
        _codec.WriteValue(body, VectorValues.ByName[name]);
        Assert.Equal(written, Convert.ToHexStringLower(body.WrittenSpan) == wire);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Read_vector_gives_an_equal_value(string name, string wire, bool written)
    {
        _ = written;
        Assert.Equal(VectorValues.ByName[name], _codec.Read<object?>(Convert.FromHexString(wire)), ValueComparer.Instance);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Transcoding_vector_gives_what_each_codec_reads(string name, string wire, bool written)
    {
        _ = written;
        string json = MarshalBytes.ToJson(Convert.FromHexString(wire));
        Assert.Equal(VectorValues.ByName[name], new JsonRoundTrip().Read<object?>(json), ValueComparer.Instance);
        Assert.Equal(VectorValues.ByName[name], _codec.Read<object?>(MarshalBytes.FromJson(json)), ValueComparer.Instance);
    }
}
