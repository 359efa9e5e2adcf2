using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Processes;
using Snakepit.Tests.Python;

namespace Snakepit.Tests.Processes;

[UnsupportedOSPlatform("windows")]
public sealed class CommandRunnerTests
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Run_keeps_code_output_and_errors()
    {
        CommandOutput output = await ShellAsync("echo out; echo err >&2; exit 7");

        Assert.Equal(new CommandOutput(CommandEnd.Exited, 7, "out\n", "err\n"), output);
    }

    [Fact]
    public async Task Run_has_no_input() => Assert.Equal("end\n", (await ShellAsync("cat; echo end")).Output);

    [Fact]
    public async Task Run_much_output_is_cut_and_does_not_block()
    {
        CommandOutput output = await ShellAsync("head -c 1000000 /dev/zero | tr '\\0' x");

        Assert.Equal((0, 64 * 1024), (output.ExitCode, output.Output.Length));
    }

    [Fact]
    public async Task Run_too_long_is_killed()
    {
        Task<CommandOutput> running = new CommandRunner(_time).RunAsync("/bin/sh", ["-c", "sleep 1000 & wait"], s_long, s_cancel);

        _time.Advance(s_long);

        Assert.Equal(CommandEnd.TimedOut, (await running).End);
    }

    [Fact]
    public async Task Run_cancelled_throws_with_the_callers_token()
    {
        using CancellationTokenSource source = new();
        Task<CommandOutput> running = new CommandRunner(_time).RunAsync("/bin/sh", ["-c", "sleep 1000 & wait"], s_long, source.Token);

        await source.CancelAsync();

        Assert.Equal(source.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running)).CancellationToken);
    }

    [Fact]
    public async Task Run_program_that_is_not_there_says_so()
    {
        CommandOutput output = await new CommandRunner(_time).RunAsync("/no/such/program", [], s_long, s_cancel);

        Assert.Equal(new CommandOutput(CommandEnd.NotStarted, 0, "", "No such file or directory"), output);
    }

    [Fact]
    public async Task Run_descendant_that_keeps_the_output_open_is_not_waited_for()
    {
        using TemporaryFolder folder = new();
        string fifo = folder["fifo"];

        // The background cat waits for a writer of the fifo and holds our pipe as its output.
        CommandOutput output = await new CommandRunner(TimeProvider.System).RunAsync(
            "/bin/sh", ["-c", "mkfifo \"$1\"; cat \"$1\" & echo done", "sh", fifo], s_long, s_cancel);
        using (new FileStream(fifo, FileMode.Open, FileAccess.Write))
        {
            Assert.Equal(new CommandOutput(CommandEnd.Exited, 0, "done\n", ""), output);
        }
    }

    [Fact]
    public async Task Run_tells_lines_as_they_arrive_and_the_last_one_without_an_end()
    {
        List<string> output = [], errors = [];

        await new CommandRunner(TimeProvider.System).RunAsync(
            new CommandRequest("/bin/sh", ["-c", "printf 'a\\r\\n\\nb'; echo c >&2"], s_long)
            {
                OnOutput = output.Add,
                OnErrors = errors.Add,
            },
            s_cancel);

        Assert.Equal(["a", "b"], output);
        Assert.Equal(["c"], errors);
    }

    [Fact]
    public async Task Run_with_variables_has_those_and_no_others()
    {
        CommandOutput output = await new CommandRunner(TimeProvider.System).RunAsync(
            new CommandRequest("/usr/bin/env", [], s_long) { Variables = new Dictionary<string, string> { ["A"] = "b c" } }, s_cancel);

        Assert.Equal("A=b c\n", output.Output);
    }

    [Fact]
    public async Task Run_of_a_program_that_ends_with_its_input_closes_that_when_the_time_is_over()
    {
        TaskCompletionSource up = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<CommandOutput> running = new CommandRunner(_time).RunAsync(
            new CommandRequest("/bin/sh", ["-c", "echo up; cat; echo end"], s_long)
            {
                OnOutput = _ => up.TrySetResult(),
                EndsWithInput = true,
            },
            s_cancel);
        await up.Task.WaitAsync(s_cancel);

        _time.Advance(s_long);

        CommandOutput output = await running;
        Assert.Equal((CommandEnd.TimedOut, true), (output.End, output.Output.StartsWith("up", StringComparison.Ordinal)));
    }

    private static Task<CommandOutput> ShellAsync(string command) =>
        new CommandRunner(TimeProvider.System).RunAsync("/bin/sh", ["-c", command], s_long, s_cancel);
}
