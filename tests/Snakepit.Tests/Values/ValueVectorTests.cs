using System.Buffers;
using System.Text;
using Snakepit.Simulation.Fuzz;
using Snakepit.Values;

namespace Snakepit.Tests.Values;

[Trait("Rule", "V1")]
public sealed class ValueVectorTests
{
    private readonly JsonValueCodec _codec = new();

    public static TheoryData<string, string, bool> Vectors() => VectorValues.Of("values.json");

    [Fact]
    public void Vectors_all_have_a_value_here() =>
        Assert.Equal(VectorValues.ByName.Keys.Order(), Vectors().Select(vector => vector.Data.Item1).Order());

    [Theory]
    [MemberData(nameof(Vectors))]
    public void WriteCall_vector_gives_the_same_bytes(string name, string wire, bool written)
    {
        var body = new ArrayBufferWriter<byte>();
        _codec.WriteCall(body, "t", ToolArguments.Positional(VectorValues.ByName[name]));
        string call = Encoding.UTF8.GetString(body.WrittenSpan);
        Assert.Equal(written, call == $"[\"t\",[{wire}]]");
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Read_vector_gives_an_equal_value(string name, string wire, bool written)
    {
        _ = written;
        Assert.Equal(VectorValues.ByName[name], _codec.Read<object?>(Encoding.UTF8.GetBytes(wire)), ValueComparer.Instance);
    }
}
