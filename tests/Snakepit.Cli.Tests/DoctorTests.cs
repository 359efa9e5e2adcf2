using System.Text.Json;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit doctor, with real Python.</summary>
public sealed class DoctorTests : CliTest
{
    [Fact]
    public async Task Without_a_host_the_machine_and_its_python_are_examined()
    {
        ToolRun run = await RunAsync("doctor");

        Assert.Equal(0, run.Code);
        Assert.Equal("No host runs here; this machine and its Python:", run.Lines[0]);
        Assert.Contains("interpreter: CPython", run.Text, StringComparison.Ordinal);
        Assert.All(run.Lines, static line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public async Task Adapter_that_cannot_be_loaded_fails_with_a_remedy()
    {
        WriteFile("broken.py", "import no_such_module");

        ToolRun run = await RunAsync("doctor", "broken.py");

        Assert.Equal(1, run.Code);
        Assert.Contains("failed", run.Text, StringComparison.Ordinal);
        Assert.Contains("no_such_module", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_every_check()
    {
        WriteFile("text.py", "def add(a, b):\n    return a + b\n");

        ToolRun run = await RunAsync("doctor", "text.py", "--json");

        Sample.Check("doctor", WithoutRemedies(run.Output));
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public async Task Settings_are_examined_with_all_their_problems()
    {
        WriteFile("appsettings.json",
            """{ "Snakepit": { "Pools": { "text": { "Adapter": "text.py", "Sise": 2, "Call": { "Timeout": "5" } } } } }""");

        ToolRun run = await RunAsync("doctor", ".");

        Assert.Equal(1, run.Code);
        Assert.Contains("Snakepit:Pools:text:Sise is not a setting. Did you mean 'Size'", run.Text, StringComparison.Ordinal);
        Assert.Contains("a duration needs its unit", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_an_environment_come_on_top()
    {
        WriteFile("adapters/text.py", "def add(a, b):\n    return a + b\n");
        WriteFile("appsettings.json", """{ "Snakepit": { "Pools": { "text": { "Adapter": "missing.py" } } } }""");
        WriteFile("appsettings.Test.json", """{ "Snakepit": { "Pools": { "text": { "Adapter": "adapters/text.py" } } } }""");

        Assert.Equal(1, (await RunAsync("doctor", "appsettings.json")).Code);
        Assert.Equal(0, (await RunAsync("doctor", "appsettings.json", "--environment", "Test")).Code);
    }

    [Theory]
    [InlineData("{ \"Snakepit\": ", 1, "appsettings.json is not JSON: line 1, byte 15 cannot be read.")]
    [InlineData("{ \"Snakpit\": {} }", 1, "Snakepit")]
    public async Task Settings_that_cannot_be_read_are_told(string text, int code, string problem)
    {
        WriteFile("appsettings.json", text);

        ToolRun run = await RunAsync("doctor", "appsettings.json");

        Assert.Equal(code, run.Code);
        Assert.Contains(problem, run.Text + run.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.json", "There is no file")]
    [InlineData(".", "has no appsettings.json")]
    public async Task Settings_that_do_not_exist_are_told(string what, string problem)
    {
        ToolRun run = await RunAsync("doctor", what);

        Assert.Equal(3, run.Code);
        Assert.Contains(problem, run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_was_chosen_must_run() => Assert.Equal(3, (await RunAsync("doctor", "--host", "Shop")).Code);

    [Fact]
    public async Task An_interpreter_that_was_chosen_is_examined_although_a_host_runs()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("doctor", "--python", "/no/such/python");

        Assert.Equal(1, run.Code);
        Assert.StartsWith("This machine and its Python:", run.Output, StringComparison.Ordinal);
        Assert.Contains("/no/such/python", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_host_examines_itself()
    {
        await using TestHost host = await TestHost.StartAsync();

        ToolRun run = await RunAsync("doctor");

        Assert.Equal(0, run.Code);
        Assert.Equal($"Host {Environment.ProcessId} (Shop)", run.Lines[0]);
        Assert.Contains("The workers are not real", run.Text, StringComparison.Ordinal);
    }

    /// <summary>Whether a check has a remedy depends on the machine.</summary>
    private static string WithoutRemedies(string report)
    {
        using var document = JsonDocument.Parse(report);
        var root = System.Text.Json.Nodes.JsonObject.Create(document.RootElement)!;
        foreach (System.Text.Json.Nodes.JsonNode? check in root["checks"]!.AsArray())
        {
            check!.AsObject().Remove("remedy");
        }
        return root.ToJsonString();
    }
}
