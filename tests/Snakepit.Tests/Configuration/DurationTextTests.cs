using CsCheck;
using Snakepit.Configuration;

namespace Snakepit.Tests.Configuration;

public class DurationTextTests
{
    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("250ms", 250)]
    [InlineData("30m", 30 * 60_000)]
    [InlineData("2h", 2 * 3_600_000)]
    [InlineData("7d", 7 * 86_400_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("0s", 0)]
    [InlineData(" 90 S ", 90_000)]
    [InlineData("00:00:30", 30_000)]
    [InlineData("1.00:00:00.5", 86_400_500)]
    [InlineData("infinite", -1)]
    [InlineData("Infinite", -1)]
    public void TryParse_valid_text_reads_the_duration(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("3600")]
    [InlineData("00:30")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("-00:00:05")]
    [InlineData("-00:00:00.001")]
    [InlineData("5 weeks")]
    [InlineData("1e3s")]
    [InlineData("5s5")]
    [InlineData("1h30m")]
    [InlineData("00:99:00")]
    [InlineData("99999999999999999d")]
    [InlineData("999999999999999999999999999999999d")]
    public void TryParse_unclear_text_is_refused(string? text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData(90_000, "90s")]
    [InlineData(60_000, "1m")]
    [InlineData(250, "250ms")]
    [InlineData(0, "0s")]
    [InlineData(-1, "infinite")]
    [InlineData(-5_000, "-5s")]
    [InlineData(7 * 86_400_000, "7d")]
    public void Format_duration_takes_the_largest_unit_that_divides(long milliseconds, string text) =>
        Assert.Equal(text, DurationText.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void Format_any_duration_reads_back() =>
        Gen.OneOf(Gen.Long[0, TimeSpan.MaxValue.Ticks], Gen.Long[0, 5_000_000].Select(static ms => ms * TimeSpan.TicksPerMillisecond))
            .Sample(static ticks =>
                DurationText.TryParse(DurationText.Format(TimeSpan.FromTicks(ticks)), out TimeSpan read) && read.Ticks == ticks);
}
