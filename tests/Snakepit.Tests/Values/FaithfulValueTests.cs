using System.Numerics;
using System.Text.Json;

namespace Snakepit.Tests.Values;

/// <summary>No value is lost or changed silently.</summary>
[Trait("Rule", "V1")]
public abstract class FaithfulValueTests(RoundTrip codec)
{
    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Table_keeps_its_index()
    {
        var table = new ValueTable(("n", new[] { 1, 2 })) { Index = new ValueTable(("city", new[] { "a", "a" }), ("", new[] { 1, 2 })) };

        ValueTable read = RoundTrip.Of(table);

        Assert.Equal(["city", ""], read.Index!.Names);
        Assert.Equal(["a", "a"], read.Index["city"]);
        Assert.Null(RoundTrip.Of(new ValueTable(("n", new[] { 1 }))).Index);
        Assert.Equal(2, RoundTrip.Of(new ValueTable { Index = table.Index }).RowCount);
        Assert.Throws<ArgumentException>(() => new ValueTable(("n", new[] { 1 })) { Index = table.Index });
        Assert.Throws<ArgumentException>(() => new ValueTable(("n", new[] { 1 })) { Index = new ValueTable() });
    }

    [Theory]
    [InlineData("""{"__snakepit__":"table","names":["n"],"columns":[[1]],"index":[]}""")]
    [InlineData("""{"__snakepit__":"table","names":["n"],"columns":[[1]],"index":{"names":["a"],"columns":[[1,2]]}}""")]
    [InlineData("""{"__snakepit__":"table","names":["n"],"columns":[[1]],"index":{"names":["a"],"columns":[[1]]},"more":1}""")]
    [InlineData("""{"__snakepit__":"table","names":["n"],"columns":[[1]],"more":1}""")]
    [InlineData("""{"__snakepit__":"complex","v":"1.0"}""")]
    [InlineData("""{"__snakepit__":"complex","v":"a b"}""")]
    public void Read_malformed_table_or_complex_throws(string wire)
    {
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<ValueTable>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<object>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Complex>(wire));
    }

    [Fact]
    public void Read_complex_gives_the_same()
    {
        Complex[] numbers = [new(1.5, -0.0), new(double.NaN, double.PositiveInfinity), new(1e300, 5e-324), Complex.Zero];
        Assert.Equal(numbers, RoundTrip.Of(numbers));
        Assert.Equal(numbers.Cast<object>(), RoundTrip.Read<List<object>>(RoundTrip.Wire(numbers)));
        Assert.Equal(2, RoundTrip.Read<Complex>("2"));
        Assert.Equal(2.5, RoundTrip.Read<Complex>("2.5"));
        Assert.True(double.IsNaN(RoundTrip.Read<Complex>("""{"__snakepit__":"float","v":"nan"}""").Real));
        Assert.Equal([numbers[0]], RoundTrip.Read<NdArray>(RoundTrip.Wire(NdArray.From<Complex>(numbers.AsSpan(0, 1)))).AsSpan<Complex>());
    }

    [Theory]
    [InlineData("<M8[ns]")]
    [InlineData("<m8[25s]")]
    [InlineData("<m8")]
    public void Read_array_of_times_keeps_the_unit(string dtype)
    {
        byte[] data = [1, 2, 3, 4, 5, 6, 7, 8];
        NdArray read = Assert.IsType<NdArray>(RoundTrip.Of<object>(new NdArray(dtype, [1], data)));
        Assert.Equal(dtype, read.DType);
        Assert.Equal([1], read.Shape);
        Assert.Equal(data, read.Data.ToArray());
    }

    [Theory]
    [InlineData("""{"__snakepit__":"map","v":[[{"__snakepit__":"float","v":"nan"},1],[{"__snakepit__":"float","v":"nan"},2]]}""")]
    [InlineData("""{"__snakepit__":"map","v":[[1.0,1],[1.0,2]]}""")]
    public void Read_keys_that_are_one_in_dotnet_throws(string wire)
    {
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<double, int>>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<SortedDictionary<double, int>>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<object>(wire));
    }

    [Fact]
    public void Read_key_that_is_not_finite_gives_the_same()
    {
        var map = new Dictionary<double, int> { [double.NaN] = 1, [double.NegativeInfinity] = 2 };
        Assert.Equal(map, RoundTrip.Of(map));
        Assert.Equal(2, Assert.IsType<Dictionary<object, object?>>(RoundTrip.Read<object>(RoundTrip.Wire(map))).Count);
    }
}

public sealed class JsonFaithfulValueTests() : FaithfulValueTests(new JsonRoundTrip());

public sealed class MarshalFaithfulValueTests() : FaithfulValueTests(new MarshalRoundTrip());
