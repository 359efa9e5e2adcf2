using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;

namespace Snakepit.Tests;

/// <summary>How values appear in messages and logs.</summary>
public sealed class ShownTests
{
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
    public void Duration_has_units_and_no_seven_decimals(long ticks, string text) => Assert.Equal(text, Shown.Duration(TimeSpan.FromTicks(ticks)));

    [Fact]
    public void Duration_takes_any()
    {
        Assert.Equal("10675199 d 2 h 48 min 5 s", Shown.Duration(TimeSpan.MaxValue));
        Assert.Equal("-10675199 d 2 h 48 min 5 s", Shown.Duration(TimeSpan.MinValue));
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
}
