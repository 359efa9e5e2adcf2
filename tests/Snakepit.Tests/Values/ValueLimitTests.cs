using System.Text.Json;

namespace Snakepit.Tests.Values;

/// <summary>The limits of docs/values.md: a value at a limit travels, and one beyond it is rejected.</summary>
[Trait("Rule", "V1")]
public abstract class ValueLimitTests(RoundTrip codec, int deepestItem)
{
    private const int Deepest = 200;
    private const int AroundArguments = 2; // the list of the call and the list of its arguments

    [Fact]
    public void Depth_of_arguments()
    {
        Assert.Equal(deepestItem, codec.Call(ToolArguments.Positional(Lists(deepestItem - AroundArguments))).Count(static c => c == '['));
        Assert.Throws<ArgumentException>(() => codec.Call(ToolArguments.Positional(Lists(deepestItem - AroundArguments + 1))));
        Assert.Contains(
            "{{",
            codec.Call(ToolArguments.Positional(Maps(Deepest - AroundArguments))).Replace("\"a\":", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => codec.Call(ToolArguments.Positional(Maps(Deepest - AroundArguments + 1))));
        codec.Call(ToolArguments.Positional(Lists(Deepest - AroundArguments - 1, Guid.Empty)));
        Assert.Throws<ArgumentException>(() => codec.Call(ToolArguments.Positional(Lists(Deepest - AroundArguments, Guid.Empty))));
    }

    [Fact]
    public void Depth_of_results()
    {
        foreach ((string open, string close) in new[] { ("[", "]"), ("{\"a\":", "}") })
        {
            Assert.NotNull(codec.Read<object>(Nested(open, close, Deepest - 1)));
            Assert.NotNull(codec.Read<object>(Nested(open, close, Deepest)));
        }
    }

    [Theory]
    [InlineData("+14:00", true)]
    [InlineData("-14:00", true)]
    [InlineData("+14:01", false)] // Python sends these in UTC
    [InlineData("-23:59", false)]
    [InlineData("+01:00:30", false)]
    public void Offset_of_moments(string offset, bool isRead)
    {
        string wire = $$"""{"__snakepit__":"datetime","v":"2024-02-29T12:00:00{{offset}}"}""";
        if (isRead)
        {
            Assert.Equal(offset, $"{codec.Read<DateTimeOffset>(wire):zzz}");
        }
        else
        {
            Assert.Contains(
                offset, Assert.ThrowsAny<JsonException>(() => codec.Read<DateTimeOffset>(wire)).Message, StringComparison.Ordinal);
            Assert.ThrowsAny<JsonException>(() => codec.Read<object>(wire));
        }
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00+00:00", true)]
    [InlineData("0001-01-01T00:00:00+00:01", false)]
    [InlineData("9999-12-31T23:59:59.999999+00:00", true)]
    [InlineData("9999-12-31T23:59:59.999999-00:01", false)]
    public void First_and_last_moment(string moment, bool isRead)
    {
        string wire = $$"""{"__snakepit__":"datetime","v":"{{moment}}"}""";
        if (isRead)
        {
            Assert.Equal(moment[..4], $"{codec.Read<DateTimeOffset>(wire).Year:0000}");
        }
        else
        {
            Assert.ThrowsAny<JsonException>(() => codec.Read<DateTimeOffset>(wire));
        }
    }

    [Theory]
    [InlineData("922337203685477580", true)]
    [InlineData("922337203685477581", false)]
    [InlineData("-922337203685477580", true)]
    [InlineData("-922337203685477581", false)]
    public void Longest_duration(string microseconds, bool isRead)
    {
        string wire = $$"""{"__snakepit__":"timedelta","v":{{microseconds}}}""";
        if (isRead)
        {
            Assert.Equal(
                decimal.Parse(microseconds, System.Globalization.CultureInfo.InvariantCulture) * 10, codec.Read<TimeSpan>(wire).Ticks);
        }
        else
        {
            Assert.ThrowsAny<JsonException>(() => codec.Read<TimeSpan>(wire));
            Assert.ThrowsAny<JsonException>(() => codec.Read<object>(wire));
        }
    }

    private static string Nested(string open, string close, int levels) =>
        $"{string.Concat(Enumerable.Repeat(open, levels))}1{string.Concat(Enumerable.Repeat(close, levels))}";

    private static object Lists(int levels, object? leaf = null)
    {
        object value = leaf ?? 1;
        for (int i = 0; i < levels; i++)
        {
            value = new List<object> { value };
        }
        return value;
    }

    private static object Maps(int levels)
    {
        object value = 1;
        for (int i = 0; i < levels; i++)
        {
            value = new Dictionary<string, object> { ["a"] = value };
        }
        return value;
    }
}

public sealed class JsonValueLimitTests() : ValueLimitTests(new JsonRoundTrip(), deepestItem: 199)
{
    [Fact]
    public void Depth_beyond_the_limit() =>
        Assert.ThrowsAny<JsonException>(() => new JsonRoundTrip().Read<object>(new string('[', 201) + new string(']', 201)));
}

public sealed class MarshalValueLimitTests() : ValueLimitTests(new MarshalRoundTrip(), deepestItem: 200)
{
    [Fact]
    public void Depth_beyond_the_limit()
    {
        byte[] level = [(byte)'[', 1, 0, 0, 0];
        byte[] body = [.. Enumerable.Repeat(level, 201).SelectMany(static bytes => bytes), (byte)'N'];
        Assert.ThrowsAny<JsonException>(() => new MarshalRoundTrip().Codec.Read<object>(body));
    }
}
