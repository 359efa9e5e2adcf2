using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "L14")]
public sealed class ChildExitTests
{
    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(31, "SIGSYS")]
    [InlineData(32, "signal 32")]
    [InlineData(34, "SIGRTMIN")]
    [InlineData(49, "SIGRTMIN+15")]
    [InlineData(50, "SIGRTMAX-14")]
    [InlineData(61, "SIGRTMAX-3")]
    [InlineData(64, "SIGRTMAX")]
    [InlineData(65, "signal 65")]
    [InlineData(0, "signal 0")]
    [InlineData(-1, "signal -1")]
    public void ToString_names_the_signal(int signal, string name) =>
        Assert.Equal($"killed by {name}", new ChildExit(null, signal).ToString());

    [Theory]
    [InlineData(0, "exit code 0")]
    [InlineData(3, "exit code 3")]
    [InlineData(70, "exit code 70 (a worker that could not start)")]
    [InlineData(71, "exit code 71 (a worker whose host closed its channel)")]
    [InlineData(73, "exit code 73 (a worker that could not read or write its channel; its last output says why)")]
    [InlineData(74, "exit code 74 (a worker of which a thread that runs calls has ended, as by pthread_exit in a tool)")]
    [InlineData(72, "exit code 72 (a worker that received a message it does not understand)")]
    [InlineData(unchecked((int)0xC0000005), "crashed with 0xC0000005")] // Windows
    [InlineData(127, "exit code 127 (a program that cannot be executed)")]
    public void ToString_tells_what_an_exit_code_may_mean(int code, string text) =>
        Assert.Equal(text, new ChildExit(code, null).ToString());

    [Fact]
    public void ToString_of_an_end_that_nobody_saw_says_who_would_have() =>
        Assert.Equal("ended with its launcher process, which alone learns exit codes and signals", default(ChildExit).ToString());

    [Fact]
    public void ToString_of_an_end_without_a_process_says_so() =>
        Assert.Equal("given up before it had a process", ChildExit.Never.ToString());
}
