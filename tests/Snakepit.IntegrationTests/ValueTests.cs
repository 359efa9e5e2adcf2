using System.Numerics;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the way of values to a real worker and back.</summary>
public sealed class ValueTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Auto)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    [Trait("Rule", "V1"), Trait("Rule", "V3")]
    public async Task Echo_gives_back_an_equal_value(ValueCodec codec)
    {
        Rig rig = await StartAsync(configure: p => p.Values.Codec = codec);

        await Same<object?>(null);
        await Same(true);
        await Same(0);
        await Same(-1);
        await Same(long.MinValue);
        await Same(ulong.MaxValue);
        await Same(Int128.MinValue);
        await Same(BigInteger.Pow(7, 6_000));
        await Same(1.0);
        await Same(-0.0);
        await Same(double.Epsilon);
        await Same(double.MaxValue);
        await Same(double.NaN);
        await Same(double.PositiveInfinity);
        await Same(double.NegativeInfinity);
        await Same(0.1f);
        await Same((Half)1.5);
        await Same(1.10m);
        await Same(decimal.MaxValue);
        await Same("");
        await Same("größer \u0000 \u2028 \ud83d\udc0d \" \\ </script>");
        await Same("\ud800 alone");
        await Same(new string('x', 5_000_000));
        await Same(Array.Empty<byte>());
        await Same(Enumerable.Range(0, 70_000).Select(static i => (byte)i).ToArray());
        await Same(new DateTimeOffset(2024, 2, 29, 23, 59, 59, 999, TimeSpan.FromMinutes(-570)).AddTicks(9_990));
        await Same(new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Unspecified));
        await Same(new DateOnly(1, 1, 1));
        await Same(new DateOnly(9999, 12, 31));
        await Same(new TimeOnly(23, 59, 59, 999));
        await Same(TimeSpan.FromTicks(-123_456_789_010));
        await Same(Guid.Parse("01234567-89ab-cdef-0123-456789abcdef"));
        await Same(Array.Empty<int>());
        await Same(new[] { 1, 2, 3 });
        await Same(new[] { 1.5, double.NaN });
        await Same(new List<string?> { "a", null });
        await Same(new Dictionary<string, int> { ["z"] = 1, ["a"] = 2, [""] = 3 });
        await Same(new Dictionary<string, int> { ["__snakepit__"] = 1 });
        await Same(new Dictionary<int, string> { [1] = "one", [-2] = "minus two" });

        async Task Same<T>(T value) =>
            Assert.Equal(value, await rig.Pool.ExecuteAsync<T>("echo", ToolArguments.Named(("value", value)), null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "V1")]
    public async Task Tool_gets_the_Python_type_of_the_table()
    {
        Rig rig = await StartAsync();

        await Arrives(null, "NoneType", "None");
        await Arrives(true, "bool", "True");
        await Arrives(1, "int", "1");
        await Arrives(BigInteger.Pow(10, 30), "int", "1" + new string('0', 30));
        await Arrives(1.0, "float", "1.0");
        await Arrives(double.NaN, "float", "nan");
        await Arrives(1.10m, "Decimal", "Decimal('1.10')");
        await Arrives("text", "str", "'text'");
        await Arrives("\ud800", "str", "'\\ud800'");
        await Arrives(new byte[] { 0, 255 }, "bytes", "b'\\x00\\xff'");
        await Arrives(
            new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc),
            "datetime",
            "datetime.datetime(2024, 2, 29, 12, 0, tzinfo=datetime.timezone.utc)");
        await Arrives(new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Unspecified), "datetime", "datetime.datetime(2024, 2, 29, 12, 0)");
        await Arrives(new DateOnly(2024, 2, 29), "date", "datetime.date(2024, 2, 29)");
        await Arrives(new TimeOnly(1, 2, 3), "time", "datetime.time(1, 2, 3)");
        await Arrives(TimeSpan.FromMilliseconds(1_500), "timedelta", "datetime.timedelta(seconds=1, microseconds=500000)");
        await Arrives(Guid.Empty, "UUID", "UUID('00000000-0000-0000-0000-000000000000')");
        await Arrives(new object?[] { 1, "a", null }, "list", "[1, 'a', None]");
        await Arrives(new { b = 1, a = new List<int> { 2 } }, "dict", "{'b': 1, 'a': [2]}");
        await Arrives(new Dictionary<int, string> { [1] = "one" }, "dict", "{1: 'one'}");
        await Arrives(DayOfWeek.Friday, "str", "'Friday'");
        await Arrives(AttributeTargets.Class | AttributeTargets.Method, "str", "'Class|Method'");
        await Arrives(new Dictionary<DayOfWeek, int> { [DayOfWeek.Friday] = 5 }, "dict", "{'Friday': 5}");

        async Task Arrives(object? value, string type, string repr)
        {
            string[] kind = await rig.Pool.ExecuteAsync<string[]>("kind", ToolArguments.Positional([value]), null, Cancellation);
            Assert.Equal([type, repr], kind);
        }
    }

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    [Trait("Rule", "V1")]
    public async Task Arrays_of_numbers_arrive_alike_whatever_their_rank(ValueCodec codec)
    {
        Rig rig = await StartAsync(configure: p => p.Values.Codec = codec);
        double[] values = [1, 2.5];

        string[] vector = await rig.CallAsync<string[]>("kind", [values]);
        string[] matrix = await rig.CallAsync<string[]>("kind", new[,] { { 1, 2.5 } });

        Assert.Equal(vector[0], matrix[0]);
        Assert.Contains((vector[0], vector[1], matrix[1]), new[]
        {
            ("list", "[1.0, 2.5]", "[[1.0, 2.5]]"), ("ndarray", "array([1. , 2.5])", "array([[1. , 2.5]])"),
        });
        Assert.Equal(values, await rig.CallAsync<double[]>("echo", [values]));
        Assert.Equal("list", (await rig.CallAsync<string[]>("kind", values.ToList()))[0]);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "V1")]
    public async Task Echo_at_the_depth_limit_gives_back_an_equal_value()
    {
        Rig rig = await StartAsync();
        object nested = 0;
        for (int depth = 0; depth < 150; depth++)
        {
            nested = new List<object> { nested };
        }

        object result = await rig.Pool.ExecuteAsync<object>("echo", ToolArguments.Positional([nested]), null, Cancellation);

        int levels = 0;
        for (; result is System.Collections.IList { Count: 1 } list; levels++)
        {
            result = list[0]!;
        }
        Assert.Equal((150, "0"), (levels, result.ToString()));
    }

    public sealed record User(string UserName);

    public sealed record Converted(
        Complex Complex,
        string Path,
        string Fraction,
        User Namespace,
        Dictionary<string, int> Counter,
        List<double> Numbers,
        double Amount);

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    [Trait("Rule", "V4")]
    public async Task Types_outside_the_table_are_read_as_what_they_become(ValueCodec codec)
    {
        Rig rig = await StartAsync(configure: p => p.Values.Codec = codec);

        Converted result = await rig.CallAsync<Converted>("converted");

        Assert.Equal(
            (new Complex(1, -2), "/a", "1/3", "Ada", 2, 0.1),
            (result.Complex, result.Path, result.Fraction, result.Namespace.UserName, result.Counter["a"], result.Amount));
        Assert.Equal([1.5, 2], result.Numbers);
    }

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    public async Task Positions_and_names_reach_their_parameters_in_one_call(ValueCodec codec)
    {
        Rig rig = await StartAsync(configure: p => p.Values.Codec = codec);

        ToolArguments mixed = ToolArguments.Positional(1).AndNamed(("b", 2));
        ToolArguments array = ToolArguments.Positional(new[] { "a", "b" });
        Assert.Equal(new[] { 1, 2 }, await rig.Pool.ExecuteAsync<int[]>("both", mixed, null, Cancellation));
        Assert.Equal(new[] { "a", "b" }, await rig.Pool.ExecuteAsync<string[]>("echo", array, null, Cancellation));
        Assert.Null(await rig.Pool.ExecuteAsync<object>("echo", ToolArguments.Positional(null), null, Cancellation));
        ToolException unnamed = await Assert.ThrowsAsync<ToolException>(
            () => rig.Pool.ExecuteAsync<int[]>("both", ToolArguments.Positional(1, 2), null, Cancellation).AsTask());
        Assert.True(unnamed.Error.Is("TypeError"));
    }

    [Fact(Timeout = Bound)]
    public async Task Positional_named_and_default_arguments_reach_their_parameters()
    {
        Rig rig = await StartAsync();

        Assert.Equal(new[] { 1, 2, 3 }, await rig.CallAsync<int[]>("defaults", 1));
        Assert.Equal(new[] { 1, 5, 3 }, await rig.CallAsync<int[]>("defaults", 1, 5));
        Assert.Equal(new[] { 1, 2, 9 }, await rig.Pool.ExecuteAsync<int[]>("defaults", new { a = 1, c = 9 }, null, Cancellation));
    }
}
