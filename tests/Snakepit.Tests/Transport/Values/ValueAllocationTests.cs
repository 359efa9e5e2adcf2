using System.Buffers;
using Snakepit.Transport.Values;

namespace Snakepit.Tests.Transport.Values;

public sealed class ValueAllocationTests
{
    private const int WarmUp = 100;

    private readonly JsonValueCodec _codec = new();

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

    private static long Allocated(Action action)
    {
        for (int i = 0; i < WarmUp; i++)
        {
            action();
        }
        return Allocations.Of(action);
    }
}
