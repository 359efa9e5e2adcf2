using Snakepit.Bench.Measuring;

namespace Snakepit.Tests.Bench;

public sealed class GapCauseTests
{
    private static readonly DateTimeOffset s_begin = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_gap_is_divided_among_what_the_pool_waited_for()
    {
        PoolMoment[] moments =
        [
            Moment(-20), Moment(0), // nothing
            Moment(10, pause: "start failed: exit code 3"), // until 110
            Moment(110, starting: 7), // until 150
            Moment(150, starting: 8), // stopped before, until 350
            Moment(350, starting: 9, missing: 2), // until 355
            Moment(355), // until the end, 360
            Moment(400),
        ];

        GapCause cause = GapCause.Of(Gap(0, 360), moments, [(s_begin.AddMilliseconds(120), 8)]);

        Assert.Equal((100, 200, 5, 40, 15), (cause.PauseMs, cause.StoppedMs, cause.TurnMs, cause.BootingMs, cause.OtherMs));
        Assert.Equal(["start failed: exit code 3"], cause.Pauses);
        Assert.Equal("a starting process was stopped, until the pool found out", cause.Main);
    }

    [Theory]
    [InlineData("start failed: exit code 3", 0, 0, "pause after start failed: exit code 3")]
    [InlineData(null, 7, 0, "processes booted")]
    [InlineData(null, 7, 2, "slots waited for their turn to start")]
    [InlineData(null, 0, 2, "workers died one after another")]
    public void The_largest_part_is_the_cause(string? pause, int starting, int missing, string cause) =>
        Assert.Equal(cause, GapCause.Of(Gap(0, 300), [Moment(-1, pause, starting, missing), Moment(301)], []).Main);

    [Fact]
    public void A_process_that_is_stopped_later_is_not_yet() =>
        Assert.Equal(0, GapCause.Of(Gap(0, 300), [Moment(0, starting: 7), Moment(301)], [(s_begin.AddMilliseconds(200), 7)]).StoppedMs);

    private static PoolMoment Moment(double ms, string? pause = null, int starting = 0, int missing = 0) =>
        new(s_begin.AddMilliseconds(ms), PoolState.Degraded, 5, 0, starting == 0 ? [] : [starting], missing, pause, "");

    private static CapacityGap Gap(double from, double to) =>
        new(
            new DeathReport
            {
                Worker = new WorkerId("bench", 0, 1), Pid = 1, Cause = DeathCause.Exited, Description = "", Uptime = default, Requests = 0,
            },
            6, s_begin.AddMilliseconds(from), s_begin.AddMilliseconds(to), 0);
}
