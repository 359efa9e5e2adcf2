using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Programs that start pools, do their work and end.</summary>
public sealed class ScriptTests
{
    private const string Together = "exec 2>&1;";
    private const int Sigterm = 15;

    [Fact]
    public async Task Script_that_completes_ends_with_0()
    {
        using HostProcess script = Start(ScriptProgram.Works);

        Assert.Equal(("42\n", 0), await script.EndAsync());
        Assert.Empty(MarkedProcesses.Find(script.Mark));
    }

    [Theory]
    [InlineData(ScriptProgram.ToolRaises, "TypeError", "Traceback (most recent call last):", "tools.py")]
    [InlineData(ScriptProgram.Throws, "System.InvalidOperationException: The script has no more to say.", "at Snakepit.")]
    [InlineData(ScriptProgram.HasNoAdapter, "missing.py")]
    [InlineData(ScriptProgram.IsMisconfigured, "Pool 'it': Size is 0")]
    public async Task Script_that_fails_says_why_and_ends_with_1(string kind, params string[] expected)
    {
        using HostProcess script = Start(kind);

        (string output, int exitCode) = await script.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.All(expected, text => Assert.Contains(text, output, StringComparison.Ordinal));
        Assert.Empty(MarkedProcesses.Find(script.Mark));
    }

    [Theory]
    [InlineData(1)] // SIGHUP
    [InlineData(2)] // SIGINT
    [InlineData(Sigterm)]
    public async Task Signal_cancels_the_script(int signal)
    {
        using HostProcess script = await WaitingAsync(ScriptProgram.Waits);

        Send(signal, script.Pid);

        Assert.Equal(("Cancelled.\n", 1), await script.EndAsync());
        Assert.Empty(MarkedProcesses.Find(script.Mark));
    }

    [Fact]
    public async Task Second_signal_ends_a_script_that_does_not_heed_the_first()
    {
        using HostProcess script = await WaitingAsync(ScriptProgram.IsDeaf);

        Send(Sigterm, script.Pid);
        Assert.Equal("cancelled", await script.ReadLineAsync());
        Send(Sigterm, script.Pid);

        Assert.Equal(128 + Sigterm, (await script.EndAsync()).ExitCode);
    }

    [Theory]
    [InlineData("exec >&- 2>&-;")]
    [InlineData("exec >/dev/full 2>&1;")]
    public async Task Script_whose_output_is_closed_ends(string shell)
    {
        using HostProcess script = Start(ScriptProgram.Throws, shell);

        Assert.Equal(1, (await script.EndAsync()).ExitCode);
        Assert.Empty(MarkedProcesses.Find(script.Mark));
    }

    private static HostProcess Start(string kind, string shell = Together) =>
        HostProcess.Start(HostScenarios.Script + kind, shell: shell);

    private static async Task<HostProcess> WaitingAsync(string kind)
    {
        HostProcess script = Start(kind);
        Assert.Equal("42", await script.ReadLineAsync());
        Assert.Equal("waiting", await script.ReadLineAsync());
        return script;
    }

    private static void Send(int signal, int pid)
    {
        using var process = new Pidfd(pid);
        process.Kill(signal);
    }
}
