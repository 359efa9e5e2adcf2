using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Snakepit.Simulation.Fuzz;
using Snakepit.Values.Marshal;

namespace Snakepit.Tests.Values;

[Trait("Rule", "V1"), Trait("Rule", "V3")]
public sealed class MarshalMalformedTests
{
    private readonly MarshalValueCodec _codec = new();

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("4e4e", "more than a value")]
    [InlineData("30", "an end without a map")]
    [InlineData("4900000000", "an int of 64 bits, which version 2 does not write")]
    [InlineData("6603312e35", "a float as text, which version 2 does not write")]
    [InlineData("63", "code")]
    [InlineData("2e", "an ellipsis")]
    [InlineData("53", "StopIteration")]
    [InlineData("3c00000000", "a set")]
    [InlineData("3e00000000", "a frozenset")]
    [InlineData("7900000000000000000000000000000000", "a complex number")]
    [InlineData("7200000000", "a reference")]
    [InlineData("db0000000072", "a list that can be referred to")]
    [InlineData("e900000000", "an int that can be referred to")]
    [InlineData("7a0161", "a short string, which version 2 does not write")]
    [InlineData("7400000000", "an interned string, which version 2 does not write")]
    [InlineData("290161", "a short tuple, which version 2 does not write")]
    [InlineData("ff", "no type at all")]
    [InlineData("69000000", "a short int")]
    [InlineData("6700000000000000", "a short float")]
    [InlineData("75", "a string without a length")]
    [InlineData("750200000061", "a short string")]
    [InlineData("75ffffffff", "a string of negative length")]
    [InlineData("7501000000ff", "a string that is not UTF-8")]
    [InlineData("7503000000c0af61", "a string in a longer UTF-8 than needed")]
    [InlineData("7502000000eda0", "half a surrogate")]
    [InlineData("730200000061", "short bytes")]
    [InlineData("73ffffff7f", "bytes of absurd length")]
    [InlineData("5b010000004e4e", "more after a list")]
    [InlineData("5b020000004e", "a short list")]
    [InlineData("5bffffffff", "a list of negative length")]
    [InlineData("5bffffff7f4e", "a list of absurd length")]
    [InlineData("28ffffff7f4e", "a tuple of absurd length")]
    [InlineData("5b0100000030", "an end in a list")]
    [InlineData("7b", "a map without an end")]
    [InlineData("7b750100000061", "a map without a value")]
    [InlineData("7b7501000000614e", "a map of one pair without an end")]
    [InlineData("7b75010000006130", "an end where a value is due")]
    [InlineData("7b6901000000" + "4e30", "a key that is no string")]
    [InlineData("7b4e4e30", "a key that is None")]
    [InlineData("7b75030000004161ff4e30", "a key that is not UTF-8")]
    [InlineData("6c0100000000", "a short integer")]
    [InlineData("6c010000000000", "an integer whose highest digit is zero")]
    [InlineData("6c03000000010001000000", "an integer with a zero before it")]
    [InlineData("6c010000000080", "a digit of 16 bits")]
    [InlineData("6c070000000100010001000100010001000080", "a digit of 16 bits in a large integer")]
    [InlineData("6cffffff7f0100", "an integer of absurd length")]
    [InlineData("6c000000800100", "a negative integer of absurd length")]
    public void Read_malformed_throws_JsonException(string hex, string what)
    {
        _ = what;
        byte[] wire = Convert.FromHexString(hex);
        Assert.ThrowsAny<JsonException>(() => _codec.Read<object>(wire));
        Assert.ThrowsAny<JsonException>(() => _codec.Read<JsonElement>(wire));
        Assert.ThrowsAny<JsonException>(() => _codec.Read<Dictionary<string, double>>(wire));
    }

    [Theory]
    [InlineData("""{"__snakepit__":"future","v":1}""")]
    [InlineData("""{"__snakepit__":"uuid","v":"x"}""")]
    [InlineData("""{"__snakepit__":"decimal","v":1}""")]
    [InlineData("""{"__snakepit__":"timedelta","v":1.55}""")]
    [InlineData("""{"__snakepit__":"map","v":[[1]]}""")]
    [InlineData("""{"__snakepit__":"array","dtype":"<f8","shape":[2],"v":""}""")]
    [InlineData("""{"__snakepit__":"array","dtype":"<f8","shape":[-1],"v":""}""")]
    [InlineData("""{"__snakepit__":"array","dtype":"<f8","shape":[2147483647,2147483647,2147483647],"v":""}""")]
    [InlineData("""{"__snakepit__":"array","dtype":"<f8","shape":[1.5],"v":""}""")]
    [InlineData("""{"__snakepit__":"array","dtype":1,"shape":[],"v":""}""")]
    [InlineData("""{"__snakepit__":"array","shape":[],"dtype":"<f8","v":""}""")]
    [InlineData("""{"__snakepit__":"table","names":["a"],"columns":[]}""")]
    public void Read_of_a_malformed_tag_throws_JsonException(string json)
    {
        byte[] wire = MarshalBytes.FromJson(json);
        Assert.ThrowsAny<JsonException>(() => _codec.Read<object>(wire));
        Assert.ThrowsAny<JsonException>(() => _codec.Read<NdArray>(wire));
        Assert.ThrowsAny<JsonException>(() => _codec.Read<double[]>(wire));
    }

    [Fact]
    public void Read_of_a_tag_that_is_no_string_throws_JsonException() =>
        Assert.ThrowsAny<JsonException>(
            () => _codec.Read<object>(Convert.FromHexString("7b750c0000005f5f736e616b657069745f5f690100000030")));

    [Theory]
    [InlineData("5b01000000", "")]
    [InlineData("2801000000", "")]
    [InlineData("7b750100000061", "30")]
    public void Read_deeper_than_200_throws_JsonException(string opening, string closing)
    {
        byte[] Nested(int levels) => Convert.FromHexString(
            string.Concat(Enumerable.Repeat(opening, levels)) + "4e" + string.Concat(Enumerable.Repeat(closing, levels)));
        Assert.NotNull(_codec.Read<object>(Nested(200)));
        Assert.NotNull(_codec.Read<JsonDocument>(Nested(200)));
        foreach (int levels in new[] { 201, 100_000 })
        {
            Assert.Contains(
                "200 levels", Assert.ThrowsAny<JsonException>(() => _codec.Read<object>(Nested(levels))).Message, StringComparison.Ordinal);
            Assert.Contains(
                "200 levels",
                Assert.ThrowsAny<JsonException>(() => _codec.Read<JsonDocument>(Nested(levels))).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_of_lists_that_promise_too_much_makes_no_room_for_them()
    {
        // Each list claims as many items as there are bytes left, so none can be rejected for its size alone.
        byte[] wire = new byte[1_000_000];
        for (int at = 0; at < 190 * MarshalType.PrefixSize; at += MarshalType.PrefixSize)
        {
            wire[at] = MarshalType.List;
            BinaryPrimitives.WriteInt32LittleEndian(wire.AsSpan(at + 1), wire.Length - at - MarshalType.PrefixSize);
        }
        wire.AsSpan(190 * MarshalType.PrefixSize).Fill(MarshalType.None);

        long allocated = Allocations.Of(() => Assert.ThrowsAny<JsonException>(() => _codec.Read<object>(wire)));

        Assert.InRange(allocated, 0, 10 * wire.Length); // the memory of one list, at eight bytes an item
    }

    [Fact]
    public void Write_200_levels_is_written_and_deeper_throws()
    {
        static object Nested(int levels)
        {
            object value = 1L;
            for (int i = 0; i < levels; i++)
            {
                value = i % 2 == 0 ? new List<object?> { value } : new Dictionary<string, object?> { ["a"] = value };
            }
            return value;
        }
        var body = new ArrayBufferWriter<byte>();
        _codec.WriteValue(body, Nested(200));
        Assert.Equal(Nested(200), _codec.Read<object>(body.WrittenSpan), ValueComparer.Instance);
        Assert.ThrowsAny<JsonException>(() => _codec.WriteValue(body, Nested(201)));
        Assert.ThrowsAny<JsonException>(() => _codec.WriteValue(body, Nested(199) is var deep ? new { deep = new[] { deep } } : null));
        // An object's property is an argument like any other. Through json, the items of lists would be a level.
        _codec.WriteCall(body, "t", Properties(new { deep = Nested(198) }));
        Assert.Throws<ArgumentException>(() => _codec.WriteCall(body, "t", Properties(new { deep = Nested(199) })));

        static ToolArguments Properties(object value) => new(new ObjectArguments(value, null));
    }
}
