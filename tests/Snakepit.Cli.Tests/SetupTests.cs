using Snakepit.Cli.Tests.Fixture;
using Snakepit.Processes;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit setup.</summary>
public sealed class SetupTests : CliTest
{
    private const string Cache = "SNAKEPIT_CACHE";

    private readonly string? _cache = Environment.GetEnvironmentVariable(Cache);

    public SetupTests() => Environment.SetEnvironmentVariable(Cache, Path.Combine(Folder, "cache"));

    public override void Dispose()
    {
        Environment.SetEnvironmentVariable(Cache, _cache);
        base.Dispose();
    }

    [Fact]
    public async Task Project_gets_an_environment_that_is_examined()
    {
        CommandOutput pip = await new CommandRunner(TimeProvider.System).RunAsync(
            "python3", ["-c", "import ensurepip"], TimeSpan.FromSeconds(20), Cancellation);
        Assert.SkipUnless(pip is { End: CommandEnd.Exited, ExitCode: 0 }, "This Python cannot make environments: it has no ensurepip.");
        WriteFile("project/requirements.txt", "# nothing\n");

        ToolRun run = await RunAsync("setup", "project");

        Assert.True(run.Code == 0, run.Output + run.Errors);
        Assert.StartsWith("The environment is ready: CPython", run.Output, StringComparison.Ordinal);
        Assert.Contains("interpreter: CPython", run.Text, StringComparison.Ordinal);
        Assert.Contains("-m venv", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_does_not_exist_is_told()
    {
        ToolRun run = await RunAsync("setup", "missing");

        Assert.Equal((3, ""), (run.Code, run.Output));
        Assert.StartsWith("There is no folder ", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_without_a_project_is_not_well()
    {
        ToolRun run = await RunAsync("setup");

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("requirements.txt", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_in_place_of_a_file_is_told()
    {
        WriteFile("project/requirements.txt/base.txt", "# nothing\n");

        ToolRun run = await RunAsync("setup", "project");

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("its requirements.txt is a folder", run.Problem, StringComparison.Ordinal);
    }
}
