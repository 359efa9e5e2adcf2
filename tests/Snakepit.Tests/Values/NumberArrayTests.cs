namespace Snakepit.Tests.Values;

/// <summary>Arrays of numbers travel as arrays, whatever their rank.</summary>
[Trait("Rule", "V1")]
public abstract class NumberArrayTests(RoundTrip codec)
{
    public sealed record Sample(double[] Values, List<double> Listed, IReadOnlyList<double> Seen, IEnumerable<int> Any);

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Array_of_sbyte_is_numbers_and_no_bytes()
    {
        Assert.Contains("\"dtype\":\"|i1\"", RoundTrip.Wire(new sbyte[] { -1, 1 }), StringComparison.Ordinal);
        Assert.Equal<sbyte>([-1, 1], RoundTrip.Of<sbyte[]>([-1, 1]));
    }

    [Fact]
    public void Arrays_of_every_rank_are_sent_alike()
    {
        Assert.Equal(
            """{"__snakepit__":"array","dtype":"<f8","shape":[2],"v":"AAAAAAAA8D8AAAAAAAAAQA==","list":true}""",
            RoundTrip.Wire(new[] { 1.0, 2.0 }));
        Assert.Equal(
            """{"__snakepit__":"array","dtype":"<f8","shape":[1,2],"v":"AAAAAAAA8D8AAAAAAAAAQA==","list":true}""",
            RoundTrip.Wire(new[,] { { 1.0, 2.0 } }));
        Assert.Equal(
            """{"__snakepit__":"array","dtype":"<f8","shape":[1,1,2],"v":"AAAAAAAA8D8AAAAAAAAAQA==","list":true}""",
            RoundTrip.Wire(new[,,] { { { 1.0, 2.0 } } }));
        Assert.Equal("""{"__snakepit__":"array","dtype":"<i4","shape":[0],"v":"","list":true}""", RoundTrip.Wire(Array.Empty<int>()));
        Assert.Equal(
            """{"__snakepit__":"array","dtype":"<f8","shape":[1],"v":"AAAAAAAA8D8="}""", RoundTrip.Wire(NdArray.From<double>([1])));
    }

    [Fact]
    public void Lists_are_sent_as_lists_whatever_they_are_made_of()
    {
        Assert.Equal("[1.0,2.0]", RoundTrip.Wire(new List<double> { 1, 2 }));
        Assert.Equal("""["a"]""", RoundTrip.Wire(new[] { "a" }));
        Assert.Equal("[true]", RoundTrip.Wire(new[] { true }));
        Assert.Equal(
            """{"Values":{"__snakepit__":"array","dtype":"<f8","shape":[1],"v":"AAAAAAAA8D8=","list":true}"""
                + ""","Listed":[1.0],"Seen":[1.0],"Any":[1]}""",
            RoundTrip.Wire(new Sample([1], [1], new[] { 1.0 }, new[] { 1 })));
    }

    [Fact]
    public void Arrays_are_read_as_what_they_were()
    {
        Assert.Equal([1.5, double.NaN], RoundTrip.Of(new[] { 1.5, double.NaN }));
        Assert.Equal([1, 2], RoundTrip.Of(new[] { 1, 2 }));
        Assert.Equal([(Half)1.5], RoundTrip.Of(new[] { (Half)1.5 }));
        Assert.Equal([], RoundTrip.Of(Array.Empty<ulong>()));
        Assert.Equal(new[,] { { 1f, 2f } }, RoundTrip.Of(new[,] { { 1f, 2f } }));
        Assert.Equal([1, 2], RoundTrip.Read<List<int>>(RoundTrip.Wire(new[] { 1, 2 })));
        Assert.Equal([[1.5], []], RoundTrip.Of(new double[][] { [1.5], [] }));
        Assert.Equal([3L], Assert.IsType<NdArray>(RoundTrip.Read<object>(RoundTrip.Wire(new[] { 3L }))).ToArray<long>());
    }
}

public sealed class JsonNumberArrayTests() : NumberArrayTests(new JsonRoundTrip());

public sealed class MarshalNumberArrayTests() : NumberArrayTests(new MarshalRoundTrip());
