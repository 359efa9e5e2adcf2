using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "L14")]
public sealed class DeathCauseTests
{
    [Theory]
    [InlineData(11, DeathCause.Crash)]
    [InlineData(6, DeathCause.Crash)]
    [InlineData(7, DeathCause.Crash)]
    [InlineData(4, DeathCause.Crash)]
    [InlineData(8, DeathCause.Crash)]
    [InlineData(9, DeathCause.KilledFromOutside)]
    [InlineData(15, DeathCause.KilledFromOutside)]
    [InlineData(13, DeathCause.Signal)]
    [InlineData(40, DeathCause.Signal)]
    public void Classify_by_signal(int signal, DeathCause cause) =>
        Assert.Equal(cause, new ChildExit(null, signal).Classify(isOrdered: false, wasReady: true));

    [Theory]
    [InlineData(0, true, DeathCause.Exited)]
    [InlineData(3, false, DeathCause.Exited)]
    [InlineData(70, false, DeathCause.BootFailed)]
    [InlineData(127, false, DeathCause.BootFailed)]
    [InlineData(70, true, DeathCause.Exited)]
    [InlineData(71, true, DeathCause.ChannelLost)]
    [InlineData(72, true, DeathCause.ChannelLost)]
    [InlineData(73, true, DeathCause.ChannelLost)]
    [InlineData(74, true, DeathCause.ThreadEnded)]
    [InlineData(74, false, DeathCause.ThreadEnded)]
    [InlineData(unchecked((int)0xC00000FD), true, DeathCause.Crash)] // Windows
    [InlineData(-1, true, DeathCause.Exited)]
    public void Classify_by_exit_code(int code, bool wasReady, DeathCause cause) =>
        Assert.Equal(cause, new ChildExit(code, null).Classify(isOrdered: false, wasReady));

    [Theory]
    [InlineData(9, DeathCause.KilledByPool)]
    [InlineData(15, DeathCause.KilledByPool)]
    [InlineData(11, DeathCause.Crash)] // the process crashed before the kill reached it
    public void Classify_of_one_that_the_pool_has_sent_a_signal(int signal, DeathCause cause) =>
        Assert.Equal(cause, new ChildExit(null, signal).Classify(isOrdered: true, wasReady: true));

    [Fact]
    public void Classify_knows_the_system_and_nobody()
    {
        Assert.Equal(DeathCause.OutOfMemory, new ChildExit(null, 9, OutOfMemory: true).Classify(isOrdered: false, wasReady: true));
        Assert.Equal("killed by the system because memory ran out", new ChildExit(null, 9, OutOfMemory: true).ToString());
        Assert.Equal(DeathCause.Unknown, default(ChildExit).Classify(isOrdered: false, wasReady: true));
        Assert.Equal("killed by SIGSEGV (core dumped)", new ChildExit(null, 11, CoreDumped: true).ToString());
    }
}
