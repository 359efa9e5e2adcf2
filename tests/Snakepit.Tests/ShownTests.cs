using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests;

/// <summary>The text of values in messages and logs.</summary>
public sealed class ShownTests
{
    [Theory]
    [InlineData("plain, Grüße 🐍", "plain, Grüße 🐍", "plain, Grüße 🐍")]
    [InlineData("a\nb\tc", @"a\nb\tc", "a\nb\tc")]
    [InlineData("a\r\nb", @"a\r\nb", "a\\r\nb")]
    [InlineData("\u001b[31mred\u0007", @"\u001b[31mred\u0007", @"\u001b[31mred\u0007")]
    [InlineData("\u009b31m\u007f", @"\u009b31m\u007f", @"\u009b31m\u007f")]
    [InlineData("a\u202eb\u2066c\u2028d", @"a\u202eb\u2066c\u2028d", @"a\u202eb\u2066c\u2028d")]
    public void Text_of_others_steers_neither_logs_nor_terminals(string text, string line, string printable)
    {
        Assert.Equal(line, Shown.Line(text));
        Assert.Equal(printable, Shown.Printable(text));
    }

    [Theory]
    [InlineData(0, "0 slots", "0 slots get")]
    [InlineData(1, "1 slot", "1 slot gets")]
    [InlineData(1_200, "1,200 slots", "1,200 slots get")]
    public void Counts_agree_with_their_words(long count, string things, string clause)
    {
        Assert.Equal(things, Shown.Count(count, "slot"));
        Assert.Equal(clause, Shown.Count(count, "slot", "gets", "get"));
    }

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(1, "0 ms")] // 100 ns
    [InlineData(2_500, "0.25 ms")]
    [InlineData(2_503_456, "250.346 ms")]
    [InlineData(12_345_678, "1.235 s")]
    [InlineData(300_000_000, "30 s")]
    [InlineData(599_999_999, "60 s")]
    [InlineData(600_000_000, "1 min")]
    [InlineData(906_000_000, "1 min 31 s")]
    [InlineData(36_000_000_000, "1 h")]
    [InlineData(7_234_567_890_123, "8 d 8 h 57 min 37 s")]
    [InlineData(-50_000, "-5 ms")]
    [InlineData(-10_000, "infinite")] // Timeout.InfiniteTimeSpan
    public void Duration_has_units_and_no_seven_decimals(long ticks, string text) =>
        Assert.Equal(text, Shown.Duration(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Duration_takes_any()
    {
        Assert.Equal("10675199 d 2 h 48 min 5 s", Shown.Duration(TimeSpan.MaxValue));
        Assert.Equal("-10675199 d 2 h 48 min 5 s", Shown.Duration(TimeSpan.MinValue));
    }

    [Theory]
    [InlineData("short", 5, "short")]
    [InlineData("longer", 5, "long…")]
    [InlineData("ab\U0001F600cd", 4, "ab…")] // surrogate pairs stay whole
    public void Text_is_cut_at_the_end(string text, int longest, string shown) => Assert.Equal(shown, Shown.Text(text, longest));

    [Theory]
    [InlineData("short", 6, "short")]
    [InlineData("abcdefgh", 6, "abc…gh")]
    [InlineData("ab\U0001F600efgh\U0001F600j", 6, "ab…j")]
    public void Ends_is_cut_in_the_middle(string text, int longest, string shown) => Assert.Equal(shown, Shown.Ends(text, longest));

    [Fact]
    public void Names_are_the_first_of_many()
    {
        Assert.Equal("a, b", Shown.Names(["a", "b"]));
        string many = Shown.Names(Enumerable.Repeat(new string('x', 1_000), 1_000));
        Assert.EndsWith("… and 980 more", many, StringComparison.Ordinal);
        Assert.InRange(many.Length, 1, 5_000);
    }

    [Theory]
    [InlineData(typeof(int), "int")]
    [InlineData(typeof(int?), "int?")]
    [InlineData(typeof(Dictionary<string, double[,]>), "Dictionary<string, double[,]>")]
    [InlineData(typeof((int, object)), "ValueTuple<int, object>")]
    [InlineData(typeof(DateTime), "DateTime")]
    public void Type_is_spelled_as_in_csharp(Type type, string text) => Assert.Equal(text, Shown.Type(type));

    [Fact]
    public void Value_is_shown_whatever_its_text_is()
    {
        Assert.Equal("1", Shown.Value(1));
        Assert.Equal("Mumbling", Shown.Value(new Mumbling()));
    }

    [Fact]
    public void Message_of_an_exception_that_has_none_does_not_throw()
    {
        Assert.Equal("no", Shown.Message(new InvalidOperationException("no")));
        Assert.Equal("(the Message of the Mute threw NotSupportedException)", Shown.Message(new Mute()));
        Assert.Equal(2_000, Shown.Message(new InvalidOperationException(new string('x', 100_000))).Length);
        Assert.Equal("InvalidOperationException: no", Shown.Headline(new InvalidOperationException("no")));
        Assert.Equal("InvalidOperationException", Shown.Headline(new InvalidOperationException("")));
    }

    [Fact]
    public void Log_messages_show_durations_so()
    {
        var logger = new FakeLogger();

        logger.PoolStopped("text", TimeSpan.FromTicks(12_345_678));

        Assert.Equal((LogLevel.Information, "Pool text stopped after 1.235 s"), (logger.LatestRecord.Level, logger.LatestRecord.Message));
    }

    [Fact]
    public void Lines_that_are_none_are_told_as_such()
    {
        Assert.Equal("none", Shown.Lines([]));
        Assert.Equal("a\nb", Shown.Lines(["a", "b"]));
    }

    private sealed class Mumbling
    {
        public override string ToString() => throw new NotSupportedException();
    }

    private sealed class Mute : Exception
    {
        public override string Message => throw new NotSupportedException();
    }
}
