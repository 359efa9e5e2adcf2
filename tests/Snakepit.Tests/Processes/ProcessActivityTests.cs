using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "L12")]
public sealed class ProcessActivityTests
{
    private const string Rest =
        "S 1 4711 4711 0 -1 4194304 1563 0 3 0 125 75 900 900 20 0 2 0 884422 32149504 2911 18446744073709551615 1 1 0\n";
    private static readonly TimeSpan s_elapsed = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("python3")]
    [InlineData("a b")]
    [InlineData("x) R 1 (")]
    [InlineData(")")]
    [InlineData("")]
    public void Parse_takes_state_and_times_whatever_the_process_is_called(string name) => Assert.Equal(
        // The processor time of ended children is not its own
        new ProcessActivity('S', TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(3)),
        ProcessActivity.Parse($"4711 ({name}) {Rest}", "2000000000 3000000 17\n"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2000000000")]
    [InlineData("1 -1 1")]
    public void Parse_without_a_run_delay_takes_none(string? schedstat) =>
        Assert.Equal(TimeSpan.Zero, ProcessActivity.Parse($"4711 (python3) {Rest}", schedstat)!.Value.RunDelay);

    [Theory]
    [InlineData("")]
    [InlineData("4711 (python3)")]
    [InlineData("4711 (python3) S 1 2 3")]
    [InlineData("4711 (python3) S 1 4711 4711 0 -1 4194304 1563 0 3 0 x 75 900")]
    [InlineData("4711 (python3) SS 1 4711 4711 0 -1 4194304 1563 0 3 0 1 75 900")]
    public void Parse_of_anything_else_finds_nothing(string stat) => Assert.Null(ProcessActivity.Parse(stat, "1 1 1"));

    [Theory]
    [InlineData('T', 10_000, 0, UnresponsivenessVerdict.Stopped)]
    [InlineData('t', 0, 10_000, UnresponsivenessVerdict.Stopped)]
    [InlineData('R', 2_000, 8_000, UnresponsivenessVerdict.Busy)]
    [InlineData('R', 1_999, 5_000, UnresponsivenessVerdict.Starved)]
    [InlineData('R', 1_999, 4_999, UnresponsivenessVerdict.Stuck)]
    [InlineData('S', 0, 0, UnresponsivenessVerdict.Stuck)]
    [InlineData('D', 0, 0, UnresponsivenessVerdict.Stuck)]
    public void Judge_goes_by_what_happened_since(char state, int usedMs, int waitedMs, UnresponsivenessVerdict expected)
    {
        var before = new ProcessActivity('S', TimeSpan.FromHours(1), TimeSpan.FromHours(2));
        var now = new ProcessActivity(
            state, before.CpuTime + TimeSpan.FromMilliseconds(usedMs), before.RunDelay + TimeSpan.FromMilliseconds(waitedMs));

        Assert.Equal(expected, now.Judge(before, s_elapsed));
    }
}
