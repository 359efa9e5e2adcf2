using Snakepit.Cli.Tests.Fixture;
using Snakepit.Processes;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit completion.</summary>
public sealed class CompletionTests : CliTest
{
    [Theory]
    [InlineData("st", "stacks status")]
    [InlineData("gen a", "adapter")]
    [InlineData("recycle text --no", "--no-wait")]
    [InlineData("completion p", "pwsh")]
    public async Task Bash_completes_what_the_tool_knows(string line, string expected)
    {
        string script = (await RunAsync("completion", "bash")).Output;
        string dll = Path.Combine(AppContext.BaseDirectory, "Snakepit.Cli.dll");
        string asking = $$"""
            snakepit() { dotnet "{{dll}}" "$@"; }
            {{script}}
            COMP_LINE='snakepit {{line}}'
            COMP_POINT=${#COMP_LINE}
            COMP_WORDS=($COMP_LINE)
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _snakepit
            echo "${COMPREPLY[*]}" | tr '\n' ' '
            """;

        CommandOutput said =
            await new CommandRunner(TimeProvider.System).RunAsync("bash", ["-c", asking], TimeSpan.FromSeconds(50), Cancellation);

        Assert.Equal(expected, $"{said.Output}".Trim());
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _snakepit snakepit")]
    [InlineData("zsh", "compdef _snakepit snakepit")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName snakepit")]
    public async Task Each_shell_has_its_script(string shell, string line)
    {
        ToolRun run = await RunAsync("completion", shell);

        Assert.Equal(0, run.Code);
        Assert.StartsWith("# ", run.Output, StringComparison.Ordinal);
        Assert.Contains(line, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_refused()
    {
        ToolRun run = await RunAsync("completion", "fish");

        Assert.Equal(2, run.Code);
        Assert.Contains("'bash'", run.Problem, StringComparison.Ordinal);
    }
}
