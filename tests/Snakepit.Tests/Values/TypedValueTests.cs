using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Snakepit.Tests.Values;

[Trait("Rule", "V1")]
public abstract class TypedValueTests(RoundTrip codec)
{
    public sealed record Person(string FirstName, int Age)
    {
        public DateOnly? Born { get; init; }
    }

    public sealed class Reading
    {
        public double Value { get; set; }

        public byte[]? RawBytes { get; set; }

        public Person? TakenBy { get; set; }
    }

    public enum Colour
    {
        Red = 1,
    }

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void Read_integer_gives_every_integer_type()
    {
        Assert.Equal(byte.MaxValue, RoundTrip.Of(byte.MaxValue));
        Assert.Equal(sbyte.MinValue, RoundTrip.Of(sbyte.MinValue));
        Assert.Equal(short.MinValue, RoundTrip.Of(short.MinValue));
        Assert.Equal(ushort.MaxValue, RoundTrip.Of(ushort.MaxValue));
        Assert.Equal(int.MinValue, RoundTrip.Of(int.MinValue));
        Assert.Equal(uint.MaxValue, RoundTrip.Of(uint.MaxValue));
        Assert.Equal(long.MinValue, RoundTrip.Of(long.MinValue));
        Assert.Equal(ulong.MaxValue, RoundTrip.Of(ulong.MaxValue));
        Assert.Equal(Int128.MinValue, RoundTrip.Of(Int128.MinValue));
        Assert.Equal(UInt128.MaxValue, RoundTrip.Of(UInt128.MaxValue));
        Assert.Equal(BigInteger.Pow(7, 999), RoundTrip.Of(BigInteger.Pow(7, 999)));
        Assert.Equal(Colour.Red, RoundTrip.Of(Colour.Red));
    }

    [Theory]
    [InlineData("1.0", 1)]
    [InlineData("-2e3", -2000)]
    [InlineData("-0.0", 0)]
    public void Read_integral_float_gives_integer(string wire, int expected)
    {
        Assert.Equal(expected, RoundTrip.Read<int>(wire));
        Assert.Equal(expected, RoundTrip.Read<long>(wire));
        Assert.Equal(expected, RoundTrip.Read<BigInteger>(wire));
    }

    [Theory]
    [InlineData("1.5", "fraction")]
    [InlineData("1e30", "out of the range of int")]
    [InlineData("2147483648", "out of the range of int")]
    [InlineData("2147483648.0", "out of the range of int")]
    [InlineData("true", "a bool")]
    [InlineData("\"1\"", "a str.")]
    [InlineData("[1]", "a list of 1 item.")]
    [InlineData("""{"__snakepit__":"float","v":"nan"}""", "a float.")]
    public void Read_what_is_no_int_throws(string wire, string why)
    {
        var error = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int>(wire));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_float_gives_every_float_type()
    {
        Assert.Equal(0.1f, RoundTrip.Of(0.1f));
        Assert.Equal((Half)0.1, RoundTrip.Of((Half)0.1));
        Assert.True(float.IsNaN(RoundTrip.Of(float.NaN)));
        Assert.Equal(Half.NegativeInfinity, RoundTrip.Of(Half.NegativeInfinity));
        Assert.Equal(3.0, RoundTrip.Read<double>("3"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<float>("1e300"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<double>("1" + new string('0', 400)));
    }

    [Fact]
    public void Write_float_always_has_point_or_exponent()
    {
        Assert.Equal("1.0", RoundTrip.Wire(1f));
        Assert.Equal("0.10000000149011612", RoundTrip.Wire(0.1f));
        Assert.Equal("[1.0,2.5]", RoundTrip.Wire(new List<double> { 1.0, 2.5 }));
        Assert.Equal("[1.0]", RoundTrip.Wire(new List<float> { 1 }));
        Assert.Equal("""{"Value":2.0,"RawBytes":null,"TakenBy":null}""", RoundTrip.Wire(new Reading { Value = 2 }));
    }

    [Fact]
    public void Read_decimal_never_rounds()
    {
        Assert.Equal(0.1m, RoundTrip.Read<decimal>("0.1"));
        Assert.Equal("1.10", RoundTrip.Of(1.10m).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(123000m, RoundTrip.Read<decimal>("""{"__snakepit__":"decimal","v":"1.23E+5"}"""));
        foreach (string text in new[] { "0.12345678901234567890123456789012", "1E-40", "1E+40", "NaN" })
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<decimal>($$"""{"__snakepit__":"decimal","v":"{{text}}"}"""));
        }
    }

    [Fact]
    public void Read_times_keeps_offset_and_kind()
    {
        var offset = new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.FromHours(-3));
        Assert.True(offset.EqualsExact(RoundTrip.Of(offset)));
        Assert.Equal((offset.UtcDateTime, DateTimeKind.Utc), Kind(RoundTrip.Of(offset.UtcDateTime)));
        var naive = new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Unspecified);
        Assert.Equal((naive, DateTimeKind.Unspecified), Kind(RoundTrip.Of(naive)));
        Assert.Equal(offset.UtcDateTime, RoundTrip.Read<DateTime>("\"2024-02-29T01:02:03-03:00\""));
        Assert.Equal(new DateOnly(2024, 2, 29), RoundTrip.Read<DateOnly>("\"2024-02-29\""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateTimeOffset>(RoundTrip.Wire(naive)));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<TimeSpan>("""{"__snakepit__":"timedelta","v":86399999999999999999}"""));

        static (DateTime, DateTimeKind) Kind(DateTime value) => (value, value.Kind);
    }

    [Fact]
    public void Read_nullable_and_null()
    {
        Assert.Null(RoundTrip.Read<int?>("null"));
        Assert.Equal(5, RoundTrip.Read<int?>("5.0"));
        Assert.Null(RoundTrip.Read<string>("null"));
        Assert.Null(RoundTrip.Read<object>("null"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int>("null"));
    }

    [Fact]
    public void Read_bytes_gives_memory()
    {
        Assert.Equal([1, 2], RoundTrip.Of(new Memory<byte>([1, 2])).ToArray());
        Assert.Equal([1, 2], RoundTrip.Of(new ReadOnlyMemory<byte>([1, 2])).ToArray());
        Assert.Equal([1, 2], RoundTrip.Read<byte[]>(RoundTrip.Wire(NdArray.From<byte>([1, 2]))));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<byte[]>("\"AQI=\""));
    }

    [Fact]
    public void Read_array_gives_numbers_of_any_type_that_holds_them()
    {
        string wire = RoundTrip.Wire(NdArray.From<long>([1, 2, 300]));
        Assert.Equal([1, 2, 300], RoundTrip.Read<int[]>(wire));
        Assert.Equal([1.0, 2.0, 300.0], RoundTrip.Read<double[]>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<sbyte[]>(wire));
        Assert.Equal([1, 2], RoundTrip.Read<int[]>(RoundTrip.Wire(NdArray.From<double>([1, 2]))));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int[]>(RoundTrip.Wire(NdArray.From<double>([1.5]))));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int[]>(RoundTrip.Wire(NdArray.From<double>([double.NaN]))));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<float[]>(RoundTrip.Wire(NdArray.From<double>([1e300]))));
        Assert.True(float.IsNaN(Assert.Single(RoundTrip.Read<float[]>(RoundTrip.Wire(NdArray.From<double>([double.NaN]))))));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int[,]>(wire));
    }

    [Fact]
    public void Read_multidimensional_array_gives_the_same()
    {
        Assert.Equal(new[,] { { 1, 2, 3 }, { 4, 5, 6 } }, RoundTrip.Of(new[,] { { 1, 2, 3 }, { 4, 5, 6 } }));
        Assert.Equal(new[,,] { { { 1.5f }, { 2 } } }, RoundTrip.Of(new[,,] { { { 1.5f }, { 2 } } }));
        Assert.Equal(new[,] { { 1.0, 2 }, { 3, 4 } }, RoundTrip.Read<double[,]>("[[1,2],[3,4]]"));
        Assert.Equal(new[,] { { 1.0, 2 } }, RoundTrip.Read<NdArray>(RoundTrip.Wire(new[,] { { 1.0, 2 } })).ToMatrix<double>());
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<double[,]>("[[1,2],[3]]"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<double[,]>("[1,2]"));
    }

    [Fact]
    public void Read_collection_gives_the_same()
    {
        Assert.Equal([[1, 2], []], RoundTrip.Of(new List<int[]> { new[] { 1, 2 }, Array.Empty<int>() }));
        Assert.Equal(["a"], RoundTrip.Of(new HashSet<string> { "a" }));
        Assert.Equal((1, "x", 2.5), RoundTrip.Of((1, "x", 2.5)));
        Assert.Equal("[1,[2.0]]", RoundTrip.Wire(new object[] { 1, new object[] { 2.0 } }));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<(int, int)>("[1]"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<(int, int)>("[1,2,3]"));
    }

    [Fact]
    public void Read_dictionary_gives_the_same()
    {
        Assert.Equal(
            new Dictionary<int, string> { [2] = "b", [1] = "a" }, RoundTrip.Of(new Dictionary<int, string> { [2] = "b", [1] = "a" }));
        Assert.Equal(
            new SortedDictionary<Guid, int?> { [Guid.Empty] = null },
            RoundTrip.Of(new SortedDictionary<Guid, int?> { [Guid.Empty] = null }));
        Assert.Equal("""{"a":{"b":1}}""", RoundTrip.Wire(new Dictionary<string, Dictionary<string, int>> { ["a"] = new() { ["b"] = 1 } }));
        Assert.Empty(RoundTrip.Read<Dictionary<int, string>>("{}"));
        Assert.Equal(1, RoundTrip.Read<IReadOnlyDictionary<string, int>>("""{"a":1}""")["a"]);
        Assert.Equal(7, RoundTrip.Of(new Dictionary<string, int> { ["__snakepit__"] = 7 })["__snakepit__"]);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<int, string>>("""{"1":"a"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<string, int>>("""{"__snakepit__":"map","v":[[1,2]]}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<object>("""{"__snakepit__":"map","v":[[null,2]]}"""));
    }

    [Fact]
    public void Read_object_takes_either_spelling()
    {
        var person = new Person("Ada", 36) { Born = new DateOnly(1815, 12, 10) };
        Assert.Equal(person, RoundTrip.Of(person));
        Assert.Equal(
            person,
            RoundTrip.Read<Person>("""{"first_name":"Ada","AGE":36.0,"born":{"__snakepit__":"date","v":"1815-12-10"},"other":1}"""));
        Reading reading = RoundTrip.Read<Reading>(
            """{"value":1,"raw_bytes":{"__snakepit__":"bytes","v":"AQ=="},"taken_by":{"first_name":"Ada"}}""");
        Assert.Equal((1.0, 1, "Ada"), (reading.Value, reading.RawBytes!.Length, reading.TakenBy!.FirstName));
    }

    [Fact]
    public void Read_json_types_gives_the_wire()
    {
        Assert.Equal(1, RoundTrip.Read<JsonElement>("""{"a":1}""").GetProperty("a").GetInt32());
        Assert.Equal(1, (int)RoundTrip.Read<JsonNode>("""{"a":1}""")["a"]!);
        Assert.Equal("""{"a":1}""", RoundTrip.Wire(JsonNode.Parse("""{"a":1}""")));
    }

    [Fact]
    public void Read_table_gives_columns()
    {
        ValueTable table = RoundTrip.Of(new ValueTable(("n", new[] { 1, 2 }), ("x", new double?[] { double.NaN, null })));
        Assert.Equal(["n", "x"], table.Names);
        Assert.Equal(2, table.RowCount);
        Assert.Equal([1L, 2L], table["n"]);
        Assert.Equal([double.NaN, null], table["x"]);
        Assert.Throws<KeyNotFoundException>(() => table["y"]);
        Assert.Throws<ArgumentException>(() => new ValueTable(("n", new[] { 1 }), ("x", Array.Empty<int>())));
    }

    [Theory]
    [Trait("Rule", "V4")]
    [InlineData("""{"__snakepit_unserializable__":true,"type":"m.Thing"}""")]
    public void Read_marker_into_a_type_names_the_python_type(string marker)
    {
        foreach (Action read in new Action[]
        {
            () => RoundTrip.Read<int>(marker),
            () => RoundTrip.Read<string>(marker),
            () => RoundTrip.Read<Reading>(marker),
            () => RoundTrip.Read<Person>(marker),
            () => RoundTrip.Read<Reading>($$"""{"value":1,"taken_by":{{marker}}}"""),
            () => RoundTrip.Read<int[]>($"[1,{marker}]"),
            () => RoundTrip.Read<Dictionary<string, bool>>(marker),
        })
        {
            Assert.Contains("m.Thing", Assert.ThrowsAny<JsonException>(read).Message, StringComparison.Ordinal);
        }
        Assert.Equal("m.Thing", Assert.IsType<Dictionary<string, object?>>(RoundTrip.Read<object>(marker))["type"]);
    }

    [Fact]
    public void Read_tagged_value_into_an_object_type_throws()
    {
        var error = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Reading>(RoundTrip.Wire(Guid.Empty)));
        Assert.Contains("a UUID", error.Message, StringComparison.Ordinal);
    }
}

public sealed class JsonTypedValueTests() : TypedValueTests(new JsonRoundTrip());

public sealed class MarshalTypedValueTests() : TypedValueTests(new MarshalRoundTrip());
