using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class InterpreterProbeTests
{
    [Theory]
    [InlineData(3, "", "Traceback\nMemoryError\n", "exited with code 3: MemoryError")]
    [InlineData(3, "", "", "exited with code 3")]
    [InlineData(
        2, "", "Unknown option: -I\nusage: python [option]\nTry `python -h'\n", "does not know the option -I, so it is older than 3.9")]
    [InlineData(0, "Hello\n", "", "did not describe itself as a Python interpreter does: Hello")]
    [InlineData(0, "", "", "did not describe itself as a Python interpreter does")]
    [InlineData(0, "{\"version\":[3]}", "", "did not describe itself as a Python interpreter does: {\"version\":[3]}")]
    [InlineData(0, "{\"version\":[3,11,7]}", "", "did not describe itself as a Python interpreter does: {\"version\":[3,11,7]}")]
    [InlineData(0, "{\"version\":[3,8,18],\"executable\":\"/x\"}", "", "version 3.8.18 is older than 3.9")]
    [InlineData(
        0, "{\"version\":[3,9,16],\"executable\":\"/x\",\"implementation\":\"PyPy\"}", "", "is PyPy 3.9.16; workers need CPython")]
    public async Task Run_program_that_does_not_fit_says_what_is_wrong(int code, string output, string errors, string expected)
    {
        ProbeResult result = await RunAsync(new CommandOutput(CommandEnd.Exited, code, output, errors));

        Assert.Null(result.Interpreter);
        Assert.Equal(expected, result.Problem);
    }

    [Fact]
    public async Task Run_program_that_cannot_start_gives_the_system_reason() =>
        Assert.Equal(
            "cannot be started: Exec format error",
            (await RunAsync(new CommandOutput(CommandEnd.NotStarted, 0, "", "Exec format error"))).Problem);

    [Fact]
    public async Task Run_program_that_hangs_says_how_long_it_had() =>
        Assert.Equal("timed out after 10 s", (await RunAsync(new CommandOutput(CommandEnd.TimedOut, 0, "", ""))).Problem);

    [Fact]
    public async Task Run_noise_before_the_report_is_skipped()
    {
        const string Output =
            "shim: switching to 3.11\n"
            + """{"version": [3, 11, 7], "executable": "/real", "implementation": "cpython", "prefix": "/usr","""
            + """ "base_prefix": "/usr", "cache_tag": "cpython-311"}""";

        ProbeResult result = await RunAsync(new CommandOutput(CommandEnd.Exited, 0, Output, ""));

        Assert.Equal(
            new PythonInterpreter("/real", new Version(3, 11, 7), "cpython", "cpython-311"), result.Interpreter! with { PassedOver = [] });
    }

    private static Task<ProbeResult> RunAsync(CommandOutput output)
    {
        FakeHostSystem host = new FakeHostSystem().Program("/x", output);
        return new InterpreterProbe(host, PackageLocation.Folder("/package"))
            .RunAsync("/x", host.Inspect("/x"), TestContext.Current.CancellationToken);
    }
}
