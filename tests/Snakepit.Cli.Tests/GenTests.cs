using System.Text.Json;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit gen: what it writes works at once.</summary>
public sealed class GenTests : CliTest
{
    [Fact]
    public async Task Adapter_that_was_generated_runs()
    {
        ToolRun generated = await RunAsync("gen", "adapter", "text");
        ToolRun greeting = await RunAsync("run", "adapters/text.py", "greet", "name=World");
        ToolRun stream = await RunAsync("run", "adapters/text.py", "count_to", "3", "--json");

        Assert.Equal((0, $"Wrote {Path.Combine(Folder, "adapters/text.py")}"), (generated.Code, generated.Lines[0]));
        Assert.Equal("Try it: snakepit run adapters/text.py greet name=World", generated.Lines[1]);
        Assert.Equal("Hello, World!\n", greeting.Output);
        Assert.Equal([1, 2, 3], JsonSerializer.Deserialize<int[]>(stream.Output)!);
    }

    [Fact]
    public async Task Settings_that_were_generated_pass_the_doctor()
    {
        await RunAsync("gen", "adapter", "shop");
        ToolRun generated = await RunAsync("gen", "config", "--pool", "shop", "--json");
        ToolRun examined = await RunAsync("doctor", "appsettings.json");

        Sample.Check("gen", generated.Output);
        Assert.Equal(0, examined.Code);
        Assert.Contains("shop: adapter: It offers greet, count_words, count_to.", examined.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_never_overwritten()
    {
        WriteFile("adapters/text.py", "mine");

        ToolRun run = await RunAsync("gen", "adapter", "text");

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("exists, and is not overwritten", run.Problem, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(Folder, "adapters/text.py")));
    }

    [Fact]
    public async Task Pool_is_printed_for_files_that_exist()
    {
        ToolRun run = await RunAsync("gen", "pool", "ml", "--adapter", "acme.ml:Tools");

        Assert.Equal(0, run.Code);
        Assert.Contains("\"Adapter\": \"acme.ml:Tools\"", run.Output, StringComparison.Ordinal);
        Assert.Contains("[FromKeyedServices(\"ml\")] IWorkerPool pool", run.Output, StringComparison.Ordinal);
        Sample.Check("gen_pool", (await RunAsync("gen", "pool", "ml", "--json")).Output);
    }

    [Theory]
    [InlineData("adapter", "my-adapter", "cannot be the name of a Python module")]
    [InlineData("adapter", "class", "cannot be the name of a Python module")]
    [InlineData("adapter", "3d", "cannot be the name of a Python module")]
    [InlineData("pool", "a b", "Rename the pool")]
    public async Task Name_that_cannot_be_is_refused(string what, string name, string problem)
    {
        ToolRun run = await RunAsync("gen", what, name);

        Assert.Equal(2, run.Code);
        Assert.Contains(problem, run.Problem, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }
}
