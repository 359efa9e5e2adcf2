using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "P2")]
public sealed class ProcessStatusTests
{
    private const string Status = """
        Name:	Uid: 7
        State:	S (sleeping)
        Uid:	1000	1001	1002	1003
        Gid:	100	100	100	100
        Threads:	24
        SigQ:	0/96365
        CapPrm:	000001ffffffffff
        CapEff:	0000000000000004
        SigCgt:	2000000000000002

        """;

    [Fact]
    public void Parse_takes_the_user_the_threads_the_effective_capabilities_and_the_handlers() =>
        Assert.Equal(new ProcessStatus(1000, 4, 24, 0x2000000000000002, IsStopped: false), ProcessStatus.Parse(Status));

    [Theory]
    [InlineData(2, true)]
    [InlineData(62, true)]
    [InlineData(1, false)]
    [InlineData(61, false)]
    [InlineData(64, false)]
    public void Catches_the_signals_that_have_a_handler(int signal, bool expected) =>
        Assert.Equal(expected, ProcessStatus.Parse(Status).Catches(signal));

    [Theory]
    [InlineData("T (stopped)", true)]
    [InlineData("t (tracing stop)", true)]
    [InlineData("D (disk sleep)", false)]
    public void IsStopped_by_a_signal_or_a_debugger(string state, bool expected) =>
        Assert.Equal(expected, ProcessStatus.Parse($"State:\t{state}\n").IsStopped);

    [Fact]
    public void Parse_of_a_process_that_has_ended_finds_no_thread() => Assert.Equal(default, ProcessStatus.Parse(""));

    [Theory]
    [InlineData("0000000000000000", false)]
    [InlineData("00000000a80425fb", false)] // root in a container
    [InlineData("0000000000200000", true)] // CAP_SYS_ADMIN
    [InlineData("0000000001000000", true)] // CAP_SYS_RESOURCE
    [InlineData("000001ffffffffff", true)]
    public void IsPrivileged_with_either_of_two_capabilities(string effective, bool expected) =>
        Assert.Equal(expected, ProcessStatus.Parse($"CapEff:\t{effective}\n").IsPrivileged);
}
