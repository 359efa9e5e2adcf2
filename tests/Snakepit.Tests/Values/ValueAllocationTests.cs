using System.Buffers;
using Snakepit.Values;
using Snakepit.Values.Marshal;

namespace Snakepit.Tests.Values;

public sealed class ValueAllocationTests
{
    private const int WarmUp = 100;

    private const int Floats = 12_800;

    private readonly JsonValueCodec _codec = new();
    private readonly MarshalValueCodec _marshal = new();

    [Fact]
    public void WriteCall_of_scalars_allocates_nothing()
    {
        var body = new ArrayBufferWriter<byte>(1024);
        ToolArguments arguments = ToolArguments.Named(("a", 40), ("b", 2.5), ("c", "text"), ("d", true));
        Assert.Equal(0, Allocated(() =>
        {
            body.ResetWrittenCount();
            _codec.WriteCall(body, "add", arguments);
        }));
    }

    [Fact]
    public void Read_of_scalars_allocates_nothing()
    {
        Assert.Equal(0, Allocated(() => _codec.Read<int>("42"u8)));
        Assert.Equal(0, Allocated(() => _codec.Read<double>("42.5"u8)));
        Assert.Equal(0, Allocated(() => _codec.Read<bool>("true"u8)));
    }

    [Fact]
    [Trait("Rule", "V3")]
    public void WriteCall_of_marshal_allocates_nothing()
    {
        var body = new ArrayBufferWriter<byte>(1 << 17);
        var map = new Dictionary<string, object?>
        {
            ["id"] = 1L,
            ["price"] = 2.5,
            ["tags"] = new List<object?> { "a", 1, null },
            ["text"] = "é\ud800",
        };
        var rows = new List<float[]> { new float[] { 1, 2 }, new float[] { 3 } };
        var nested = new Dictionary<string, List<int?>> { ["x"] = [1, null] };
        ToolArguments arguments = ToolArguments.Named(
            ("a", 40), ("b", map), ("c", new double[Floats]), ("d", Guid.Empty), ("e", rows), ("f", nested));
        Assert.Equal(0, Allocated(() =>
        {
            body.ResetWrittenCount();
            _marshal.WriteCall(body, "add", arguments);
        }));
    }

    [Fact]
    [Trait("Rule", "V3")]
    public void Read_of_marshal_allocates_the_result_only()
    {
        byte[] number = MarshalBytes.FromJson("42");
        byte[] floats = MarshalBytes.FromJson($"[{string.Join(',', Enumerable.Repeat("1.5", Floats))}]");
        Assert.Equal(0, Allocated(() => _marshal.Read<int>(number)));
        Assert.Equal(0, Allocated(() => _marshal.Read<double>(number)));
        Assert.Equal(Allocated(() => GC.KeepAlive(new double[Floats])), Allocated(() => GC.KeepAlive(_marshal.Read<double[]>(floats))));
    }

    [Fact]
    [Trait("Rule", "V3")]
    public void Read_of_rows_by_marshal_allocates_the_result_only()
    {
        byte[] rows = MarshalBytes.FromJson($"[{string.Join(',', Enumerable.Repeat("[1.5,2.5]", 100))}]");
        Assert.Equal(Allocated(static () => GC.KeepAlive(Rows())), Allocated(() => GC.KeepAlive(_marshal.Read<double[][]>(rows))));

        static double[][] Rows()
        {
            double[][] made = new double[100][];
            for (int i = 0; i < made.Length; i++)
            {
                made[i] = new double[2];
            }
            return made;
        }
    }

    private static long Allocated(Action action)
    {
        for (int i = 0; i < WarmUp; i++)
        {
            action();
        }
        return Allocations.Of(action);
    }
}
