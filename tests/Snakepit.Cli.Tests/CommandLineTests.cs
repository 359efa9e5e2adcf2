using System.CommandLine;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>What the tool says to a command line that is wrong, and its help.</summary>
public sealed class CommandLineTests : CliTest
{
    public static TheoryData<string> Commands => [.. Paths(Create(), "")];

    [Theory]
    [InlineData("rnu", "Did you mean one of the following? run")]
    [InlineData("run", "Required argument 'ADAPTER' missing for command: 'run'.")]
    [InlineData("run --sise", "There is no option '--sise'.")]
    [InlineData("doctor --sise", "There is no option '--sise'.")]
    [InlineData("recycle", "Required argument 'TARGET' missing for command: 'recycle'.")]
    [InlineData("recycle text/x", "'text/x' is no pool, slot or worker. Write text, text/3 or text/3#17.")]
    [InlineData("resize text many", "SIZE must be a whole number from 1 to 10000, not 'many'.")]
    [InlineData("resize text 99999999999", "SIZE must be a whole number from 1 to 10000, not '99999999999'.")]
    [InlineData("diagnose scaling --workers 1", "--workers must be a whole number from 2 to 1000, not '1'.")]
    [InlineData("drain text/0 --for 60d", "--for must be at least 1 ms and at most 24 d, not 60d.")]
    [InlineData("top --interval 2h", "--interval must be at least 100 ms and at most 1 h, not 2h.")]
    [InlineData("--host 1 ps", "Options follow the command: snakepit COMMAND --host")]
    [InlineData("doctor --host 1 --python python3", "--python and --set do not go with --host")]
    [InlineData("drain text", "Name a slot to drain, such as text/0.")]
    [InlineData("drain text/0#9", "A slot is drained, whichever worker it has: text/0.")]
    [InlineData("drain text/0#9 --resume", "A slot is drained, whichever worker it has: text/0.")]
    [InlineData("drain text/0 --for 0.0001ms", "--for must be at least 1 ms and at most 24 d")]
    [InlineData("capacity-report --for 1ms", "--for must be at least 300 ms")]
    [InlineData("diagnose scaling --step 1d", "--step must be at least 1 ms and at most 1 min")]
    [InlineData("diagnose scaling --set Size=99", "The trial chooses Size itself.")]
    [InlineData("drain text/0 --for 5", "'5' is no duration.")]
    [InlineData("drain text/0 --for 5s --resume", "--for does not go with --resume.")]
    [InlineData("stacks text", "Name a slot or a worker, such as text/0.")]
    [InlineData("events --follow --for 5s", "--for does not go with --follow.")]
    public async Task Wrong_command_line_says_what_is_wrong(string line, string problem)
    {
        ToolRun run = await RunAsync(line.Split(' '));

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains(problem, run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_the_commands_and_the_exit_codes()
    {
        ToolRun run = await RunAsync("--help");

        Assert.Equal(0, run.Code);
        Assert.Contains("Exit codes: 0 done; 1 what was asked is not well", run.Text, StringComparison.Ordinal);
        Assert.All(Create().Subcommands, command => Assert.Contains(command.Description!, run.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Help_is_shown_in_any_width(int width)
    {
        ToolRun run = await RunAsync(width, "top", "--help");

        Assert.Equal((0, ""), (run.Code, run.Errors));
        Assert.Contains("--interval", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_has_help_and_describes_each_argument(string command)
    {
        ToolRun run = await RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, run.Code);
        Assert.Contains("Usage:", run.Output, StringComparison.Ordinal);
        Command found = command.Split(' ', StringSplitOptions.RemoveEmptyEntries).Aggregate(
            (Command)Create(), static (parent, name) => parent.Subcommands.Single(one => one.Name == name));
        Assert.All(found.Arguments, static argument => Assert.False(string.IsNullOrEmpty(argument.Description)));
        Assert.All(found.Options, static option => Assert.False(string.IsNullOrEmpty(option.Description)));
    }

    [Fact]
    public async Task Without_a_command_the_help_is_shown_as_an_error()
    {
        ToolRun run = await RunAsync();

        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("snakepit [command] [options]", run.Problem, StringComparison.Ordinal);
    }

    private static RootCommand Create() => CommandLine.Create(new Shell
    {
        Terminal = Terminal.Plain(TextWriter.Null, TextWriter.Null, TextReader.Null, 80), Hosts = new HostDirectory(static () => []),
    });

    private static IEnumerable<string> Paths(Command command, string path) => command.Subcommands.Count == 0
        ? [path]
        : command.Subcommands.SelectMany(below => Paths(below, $"{path} {below.Name}")).Prepend(path);

    [Fact]
    public async Task Argument_that_begins_with_an_at_sign_is_a_value()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("status", "@nobody");

        Assert.Equal(3, run.Code);
        Assert.Contains("'@nobody'", run.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status")]
    [InlineData("tools")]
    [InlineData("call", "add")]
    [InlineData("resize", "3")]
    public async Task Names_that_mean_something_in_a_path_are_no_pools(string command, params string[] more)
    {
        await using TestHost host = await TestHost.StartAsync();
        foreach (string name in (string[])["", ".", ".."])
        {
            ToolRun run = await RunAsync([command, name, .. more]);

            Assert.Equal(3, run.Code);
            Assert.StartsWith($"There is no pool '{name}'.", run.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Output_that_cannot_be_written_is_a_sentence()
    {
        var errors = new StringWriter { NewLine = "\n" };
        var shell = new Shell
        {
            Terminal = Terminal.Plain(new FullWriter(), errors, TextReader.Null, 80), Hosts = new HostDirectory(static () => []),
        };

        int[] codes =
        [
            await CommandLine.RunAsync(["ps"], shell, Cancellation), await CommandLine.RunAsync(["--help"], shell, Cancellation),
        ];

        Assert.Equal([1, 1], codes);
        Assert.Contains("Reading or writing failed: The disk is full.", errors.ToString(), StringComparison.Ordinal);
    }

    private sealed class FullWriter : StringWriter
    {
        public override void Write(char value) => throw new IOException("The disk is full.");

        public override void Write(string? value) => throw new IOException("The disk is full.");

        public override void Write(ReadOnlySpan<char> buffer) => throw new IOException("The disk is full.");
    }
}
