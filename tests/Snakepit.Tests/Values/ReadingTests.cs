using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Snakepit.Tests.Values;

/// <summary>Values from Python, read as types that callers ask for.</summary>
[Trait("Rule", "V1")]
public abstract class ReadingTests(RoundTrip codec)
{
    private const string Series = """{"__snakepit__":"table","names":["n"],"columns":[[1,2,3]]}""";
    private const string Labelled =
        """{"__snakepit__":"table","names":["n"],"columns":[[1.5,2.5]],"index":{"names":[""],"columns":[["a","b"]]}}""";

    public enum Colour
    {
        None,
        Red,
        DarkRed,
    }

    public enum Wide : ulong
    {
        Most = ulong.MaxValue,
    }

    public sealed class Refusing
    {
        public Refusing(string kind) => throw (kind == "json" ? new JsonException("Refused.") : new NotSupportedException("Unsupported."));

        public string Kind => "";
    }

    [Flags]
    public enum Rights : sbyte
    {
        Read = 1,
        Write = 2,
        All = Read | Write | 16,
        Last = -128,
    }

    public sealed record Reading(string Name, List<double> Values, DateTime[]? Times);

    public sealed record Aged
    {
        public Aged(int age)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(age);
            Age = age;
        }

        public int Age { get; }
    }

    /// <summary>Throws an exception whose message cannot be read.</summary>
    public sealed class Moody
    {
        public int Size
        {
            get => throw new Mute();
            set => throw new Mute();
        }
    }

    [JsonConverter(typeof(Converter))]
    public sealed class Grim
    {
        private sealed class Converter : JsonConverter<Grim>
        {
            public override Grim Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new MuteJson();

            public override void Write(Utf8JsonWriter writer, Grim value, JsonSerializerOptions options) => throw new MuteJson();
        }
    }

    private sealed class Mute : Exception
    {
        public override string Message => throw new InvalidOperationException();
    }

    private sealed class MuteJson : JsonException
    {
        public override string Message => throw new InvalidOperationException();
    }

    private RoundTrip RoundTrip => codec;

    [Fact]
    public void What_the_types_own_code_throws_is_told_even_when_its_message_throws()
    {
        JsonException moody = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<Moody>>("[{\"size\":1}]"));
        JsonException grim = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<Grim>>("[1]"));
        ArgumentException unsent = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(new Moody())));
        ArgumentException unwritten = Assert.Throws<ArgumentException>(() => RoundTrip.Call(ToolArguments.Positional(new Grim())));

        Assert.EndsWith(
            "The type refused a value with Mute: (the Message of the Mute threw InvalidOperationException)",
            moody.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("(the Message of the MuteJson threw InvalidOperationException)", grim.Message, StringComparison.Ordinal);
        Assert.Contains("(the Message of the Mute threw InvalidOperationException)", unsent.Message, StringComparison.Ordinal);
        Assert.Contains("(the Message of the MuteJson threw InvalidOperationException)", unwritten.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_types_own_code_throws_is_told_with_the_type()
    {
        JsonException refused = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Refusing>("{\"kind\":\"json\"}"));
        NotSupportedException unsupported = Assert.Throws<NotSupportedException>(() => RoundTrip.Read<Refusing>("{\"kind\":\"other\"}"));

        Assert.Equal("The result cannot be read as Refusing: Python sent a dict with the key 'kind'. Refused.", refused.Message);
        Assert.StartsWith($"A result cannot be read as {typeof(Refusing)}. Unsupported.", unsupported.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Array_is_read_as_any_list()
    {
        string wire = RoundTrip.Wire(NdArray.From<long>([1, 2, 3]));
        Assert.Equal([1, 2, 3], RoundTrip.Read<List<int>>(wire));
        Assert.Equal([1, 2, 3], RoundTrip.Read<IReadOnlyList<long>>(wire));
        Assert.Equal([1, 2, 3], RoundTrip.Read<IEnumerable<double>>(wire));
        Assert.Equal([1, 2, 3], RoundTrip.Read<IList<decimal>>(wire));
        Assert.Equal([1, 2, 3], RoundTrip.Read<ICollection<BigInteger>>(wire));
        Assert.Equal([1L, 2L, 3L], RoundTrip.Read<object[]>(wire));
        Assert.Equal([1, 2, 3], RoundTrip.Read<int?[]>(wire));
        Assert.Equal([Colour.DarkRed, Colour.Red], RoundTrip.Read<Colour[]>(RoundTrip.Wire(NdArray.From<long>([2, 1]))));
        Assert.Equal([true, false], RoundTrip.Read<bool[]>(RoundTrip.Wire(NdArray.From<bool>([true, false]))));
        Assert.Equal([new(1, 2)], RoundTrip.Read<Complex[]>(RoundTrip.Wire(NdArray.From<Complex>([new(1, 2)]))));
        Assert.Equal(
            [new(1, 2)],
            RoundTrip.Read<List<Complex>>(
                RoundTrip.Wire(new NdArray("<c8", [1], MemoryMarshal.AsBytes(new[] { 1f, 2f }.AsSpan()).ToArray()))));
        Assert.Equal([1.5, 2.5], RoundTrip.Read<List<double>>(RoundTrip.Wire(NdArray.From<Half>([(Half)1.5, (Half)2.5]))));
    }

    [Fact]
    public void Array_of_many_dimensions_is_read_as_lists_in_lists()
    {
        string wire = RoundTrip.Wire(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([[1, 2, 3], [4, 5, 6]], RoundTrip.Read<double[][]>(wire));
        Assert.Equal([[1, 2, 3], [4, 5, 6]], RoundTrip.Read<List<IReadOnlyList<int>>>(wire));
        Assert.Equal([[[1.5f]]], RoundTrip.Read<float[][][]>(RoundTrip.Wire(new[,,] { { { 1.5f } } })));
        Assert.Equal([[]], RoundTrip.Read<int[][]>(RoundTrip.Wire(new int[1, 0])));
        Assert.Equal([[1, 2]], RoundTrip.Read<List<int[]>>($"[{RoundTrip.Wire(NdArray.From<int>([1, 2]))}]"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int[]>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<int>>(wire));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int[][]>(RoundTrip.Wire(NdArray.From<int>([1]))));
        Assert.ThrowsAny<JsonException>(
            () => RoundTrip.Read<List<int[]>>(RoundTrip.Wire(new NdArray("|u1", [int.MaxValue, 1, 0], ReadOnlyMemory<byte>.Empty))));
    }

    [Theory]
    [InlineData("<M8[ns]", 1_700_000_000_123_456_700L, "2023-11-14T22:13:20.1234567")]
    [InlineData("<M8[us]", -1L, "1969-12-31T23:59:59.9999990")]
    [InlineData("<M8[25s]", 2L, "1970-01-01T00:00:50.0000000")]
    [InlineData("<M8[D]", 19_782L, "2024-02-29T00:00:00.0000000")]
    [InlineData("<M8[M]", -1L, "1969-12-01T00:00:00.0000000")]
    [InlineData("<M8[Y]", 54L, "2024-01-01T00:00:00.0000000")]
    public void Array_of_moments_is_read_as_DateTimes(string dtype, long count, string moment)
    {
        var expected = DateTime.Parse(moment, System.Globalization.CultureInfo.InvariantCulture);
        string wire = Times(dtype, count);
        Assert.Equal([expected], RoundTrip.Read<DateTime[]>(wire));
        Assert.Equal([expected], RoundTrip.Read<List<DateTime>>(wire));
        Assert.Equal(expected, RoundTrip.Read<DateTime>(RoundTrip.Wire(new NdArray(dtype, [], BitConverter.GetBytes(count)))));
        Assert.Equal([expected, null], RoundTrip.Read<DateTime?[]>(Times(dtype, count, long.MinValue)));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateTime[]>(Times(dtype, long.MinValue)));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateTimeOffset[]>(wire)); // the value has no offset
    }

    [Fact]
    public void Array_of_dates_and_durations_is_read_as_such()
    {
        Assert.Equal([new DateOnly(2024, 2, 29)], RoundTrip.Read<DateOnly[]>(Times("<M8[D]", 19_782)));
        Assert.Equal([new DateOnly(1970, 1, 1)], RoundTrip.Read<DateOnly[]>(Times("<M8[ns]", 0)));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateOnly[]>(Times("<M8[ns]", 100)));
        Assert.Equal([TimeSpan.FromDays(-2), TimeSpan.Zero], RoundTrip.Read<TimeSpan[]>(Times("<m8[D]", -2, 0)));
        Assert.Equal([new TimeSpan(1)], RoundTrip.Read<TimeSpan[]>(Times("<m8[ns]", 100)));
        (string, long)[] spans = [("<m8[ns]", 1L), ("<m8[Y]", 1), ("<m8", 1), ("<m8[W]", long.MaxValue), ("<m8[ps]", 100_000)];
        foreach ((string dtype, long count) in spans)
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<TimeSpan[]>(Times(dtype, count)));
        }
        (string, long)[] times =
        [
            ("<M8[ns]", 1L), ("<M8[Y]", long.MaxValue), ("<M8[D]", 10_000_000), ("<M8[as]", 0), ("<M8[99999999999s]", 0),
        ];
        foreach ((string dtype, long count) in times)
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateTime[]>(Times(dtype, count)));
        }
    }

    [Fact]
    public void Array_without_dimensions_is_read_as_its_element()
    {
        Assert.Equal(5, RoundTrip.Read<int>(Single(5L)));
        Assert.Equal(5, RoundTrip.Read<double?>(Single(5L)));
        Assert.Equal(2.5, RoundTrip.Read<double>(Single(2.5f)));
        Assert.Equal(2.5m, RoundTrip.Read<decimal>(Single(2.5)));
        Assert.Equal(new Complex(1, 2), RoundTrip.Read<Complex>(Single(new Complex(1, 2))));
        Assert.True(RoundTrip.Read<bool>(Single(true)));
        Assert.Equal(Colour.Red, RoundTrip.Read<Colour>(Single((byte)1)));
        Assert.Equal(5, RoundTrip.Read<int[]>($"[{Single(5)}]")[0]);
        Assert.Empty(RoundTrip.Read<NdArray>(Single(5)).Shape);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int>(Single(2.5)));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<int>(RoundTrip.Wire(NdArray.From<int>([5]))));
    }

    [Fact]
    public void Series_is_read_as_list_and_as_dictionary()
    {
        Assert.Equal([1, 2, 3], RoundTrip.Read<List<int>>(Series));
        Assert.Equal([1, 2, 3], RoundTrip.Read<double[]>(Series));
        Assert.Equal([1.5, 2.5], RoundTrip.Read<IReadOnlyList<double>>(Labelled));
        Assert.Equal(new Dictionary<string, double> { ["a"] = 1.5, ["b"] = 2.5 }, RoundTrip.Read<Dictionary<string, double>>(Labelled));
        Assert.Equal(new Dictionary<int, int> { [0] = 1, [1] = 2, [2] = 3 }, RoundTrip.Read<Dictionary<int, int>>(Series));
        Assert.Equal(["n"], Assert.IsType<ValueTable>(RoundTrip.Read<object>(Series)).Names);
        string twice = Labelled.Replace("\"b\"", "\"a\"", StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<string, double>>(twice));
        Assert.Equal([1.5, 2.5], RoundTrip.Read<List<double>>(twice));
        string frame = RoundTrip.Wire(new ValueTable(("a", new[] { 1 }), ("b", new[] { 2 })));
        Assert.Contains(
            "ValueTable", Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<int>>(frame)).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<string, int>>(frame));
    }

    [Fact]
    public void Members_are_read_from_arrays_too()
    {
        Reading reading = RoundTrip.Read<Reading>(
            $$"""{"name":"x","values":{{RoundTrip.Wire(NdArray.From<float>([1.5f]))}},"times":{{Times("<M8[s]", 0)}}}""");
        Assert.Equal(("x", 1.5, new DateTime(1970, 1, 1)), (reading.Name, reading.Values[0], reading.Times![0]));
    }

    [Fact]
    public void Enum_is_read_from_value_and_name()
    {
        Assert.Equal(Colour.DarkRed, RoundTrip.Read<Colour>("2"));
        Assert.Equal(Colour.DarkRed, RoundTrip.Read<Colour>("2.0"));
        foreach (string name in new[] { "DarkRed", "DARK_RED", "dark_red" })
        {
            Assert.Equal(Colour.DarkRed, RoundTrip.Read<Colour>($"\"{name}\""));
        }
        Assert.Equal(Colour.Red, RoundTrip.Read<Colour?>("\"RED\""));
        Assert.Equal(new Dictionary<Colour, int> { [Colour.Red] = 1 }, RoundTrip.Read<Dictionary<Colour, int>>("""{"RED":1}"""));
        Assert.Equal(new Dictionary<Colour, int> { [Colour.Red] = 1 }, RoundTrip.Of(new Dictionary<Colour, int> { [Colour.Red] = 1 }));
        Assert.Equal(Wide.Most, RoundTrip.Of(Wide.Most));
        Assert.Equal("""["DarkRed"]""", RoundTrip.Wire(new[] { Colour.DarkRed }));
        string error = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Colour>("\"green\"")).Message;
        Assert.Contains("None, Red, DarkRed", error, StringComparison.Ordinal);
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Colour>("\"1\""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Colour>("1.5"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Colour>("3000000000"));
    }

    [Theory]
    [InlineData("42")]
    [InlineData("-1")]
    [InlineData("3.0")]
    public void Number_that_is_no_value_of_an_enum_is_named(string wire)
    {
        Func<object?>[] reads =
        [
            () => RoundTrip.Read<Colour>(wire),
            () => RoundTrip.Read<Colour?>(wire),
            () => RoundTrip.Read<Colour[]>($"[{wire}]"),
        ];
        foreach (Func<object?> read in reads)
        {
            string error = Assert.ThrowsAny<JsonException>(read).Message;
            Assert.Contains($"{wire.Replace(".0", "", StringComparison.Ordinal)} is no value of", error, StringComparison.Ordinal);
            Assert.Contains("None = 0, Red = 1, DarkRed = 2", error, StringComparison.Ordinal);
        }
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Wide>("1"));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DayOfWeek>("42"));
    }

    [Fact]
    public void Flags_may_be_combined_and_be_none()
    {
        foreach (int number in new[] { 0, 1, 3, 16, 19, -128, -127, -109 })
        {
            Assert.Equal((Rights)number, RoundTrip.Read<Rights>($"{number}"));
        }
        foreach (int number in new[] { 4, 23, -1, -124 })
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Rights>($"{number}"));
        }
    }

    [Theory]
    [InlineData("1.10", 1.1)]
    [InlineData("1E+5", 100000)]
    [InlineData("0.1234567890123456789012345678901234567890", 0.12345678901234568)]
    [InlineData("sNaN12", double.NaN)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    public void Decimal_is_read_as_double(string text, double expected) =>
        Assert.Equal(expected, RoundTrip.Read<double>($$"""{"__snakepit__":"decimal","v":"{{text}}"}"""));

    [Fact]
    public void Decimal_beyond_double_throws()
    {
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<double>("""{"__snakepit__":"decimal","v":"1E+400"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<float>("""{"__snakepit__":"decimal","v":"1E+100"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<double>("""{"__snakepit__":"decimal","v":"x"}"""));
    }

    [Fact]
    public void Dates_and_times_are_read_as_their_counterparts()
    {
        const string Date = """{"__snakepit__":"date","v":"2024-02-29"}""";
        Assert.Equal(new DateTime(2024, 2, 29), RoundTrip.Read<DateTime>(Date));
        Assert.Equal(DateTimeKind.Unspecified, RoundTrip.Read<DateTime>(Date).Kind);
        Assert.Equal(new DateTime(2024, 2, 29), RoundTrip.Read<DateTime?>("\"2024-02-29\""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateTimeOffset>(Date));
        Assert.Equal(new DateOnly(2024, 2, 29), RoundTrip.Read<DateOnly>("""{"__snakepit__":"datetime","v":"2024-02-29T00:00:00"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateOnly>("""{"__snakepit__":"datetime","v":"2024-02-29T00:00:01"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<DateOnly>("""{"__snakepit__":"datetime","v":"2024-02-29T00:00:00+00:00"}"""));
        Assert.Equal(new TimeSpan(1, 2, 3), RoundTrip.Read<TimeSpan>("""{"__snakepit__":"time","v":"01:02:03"}"""));
        Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<TimeOnly>("""{"__snakepit__":"timedelta","v":1}"""));
    }

    [Theory]
    [InlineData("""[{"age":1},{"age":"x"}]""", "List<Dictionary<string, int>>", "$[1].age", "a list of 2 items", "a str")]
    [InlineData(
        """{"__snakepit__":"array","dtype":"<f8","shape":[2],"v":"AAAAAAAA8D8AAAAAAAD4Pw=="}""",
        "List<Dictionary<string, int>>",
        "$",
        "an array of float64 with shape (2,)",
        "")]
    [InlineData(
        """[{"a b":{"__snakepit__":"uuid","v":"00000000-0000-0000-0000-000000000000"}}]""",
        "List<Dictionary<string, int>>",
        "$[0]['a b']",
        "a list of 1 item",
        "a UUID")]
    [InlineData("""{"a":1,"b":2}""", "List<Dictionary<string, int>>", "$", "a dict with the keys 'a', 'b'", "")]
    [InlineData("""[{"a":1.5}]""", "List<Dictionary<string, int>>", "$[0].a", "fraction", "a float")]
    public void Failure_says_what_was_sent_and_where(string wire, string type, string path, string sent, string there)
    {
        var error = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<Dictionary<string, int>>>(wire));
        Assert.Equal(path, error.Path);
        Assert.StartsWith($"The result cannot be read as {type}: Python sent ", error.Message, StringComparison.Ordinal);
        Assert.Contains(sent, error.Message, StringComparison.Ordinal);
        Assert.Contains(path == "$" ? "" : $", and at {path} {there}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_within_an_object_has_its_path()
    {
        Assert.Equal(
            "$.values[1]", Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Reading>("""{"name":"x","values":[1,null]}""")).Path);
        Assert.Equal(
            "$[0].values", Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Reading[]>("""[{"name":"x","values":true}]""")).Path);
        Assert.Equal(
            "$.a[1]", Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Dictionary<string, (int, int)>>("""{"a":[1,"x"]}""")).Path);
    }

    [Fact]
    public void Value_that_the_type_refuses_does_not_fit_it()
    {
        foreach (string wire in new[] { """{"age":-1}""", """{"__snakepit__":"array","dtype":"<f8","shape":[0],"v":""}""" })
        {
            Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<Aged>(wire));
        }
        JsonException error = Assert.ThrowsAny<JsonException>(() => RoundTrip.Read<List<Aged>>("""[{"age":1},{"age":-1}]"""));
        Assert.StartsWith(
            "The result cannot be read as List<Aged>: Python sent a list of 2 items. "
                + "The type refused a value with ArgumentOutOfRangeException: age ('-1')",
            error.Message, StringComparison.Ordinal);
        Assert.IsType<ArgumentOutOfRangeException>(error.GetBaseException());
    }

    private string Times(string dtype, params long[] counts) =>
        RoundTrip.Wire(new NdArray(dtype, [counts.Length], MemoryMarshal.AsBytes(counts.AsSpan()).ToArray()));

    private string Single<T>(T value)
        where T : unmanaged => RoundTrip.Wire(NdArray.From<T>([value], []));
}

public sealed class JsonReadingTests() : ReadingTests(new JsonRoundTrip());

public sealed class MarshalReadingTests() : ReadingTests(new MarshalRoundTrip());
