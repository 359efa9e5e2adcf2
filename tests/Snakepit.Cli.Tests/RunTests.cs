using System.Text.Json;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>snakepit run, with real Python.</summary>
public sealed class RunTests : CliTest
{
    private const string Adapter = """
        import os

        def add(a: int, b: int = 2) -> int:
            "Adds."
            print("adding")
            return a + b

        def fail():
            raise ValueError("no number")

        def text():
            return "plain"

        def folder():
            return os.getcwd()

        class Point:
            pass

        def forms():
            return {"nan": float("nan"), "raw": b"abc", 5: [Point(), "\x1b[31mred"]}

        def shout():
            raise ValueError("\x1b[31mred")
        """;

    public RunTests() => WriteFile("text.py", Adapter);

    [Fact]
    public async Task One_call_prints_its_result_and_what_the_tool_prints_goes_to_the_errors()
    {
        ToolRun run = await RunAsync("run", "text.py", "add", "a=40", "b=2");

        Assert.Equal((0, "42\n"), (run.Code, run.Output));
        Assert.Contains("adding", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_is_printed_as_it_is_and_with_json_as_json()
    {
        Assert.Equal("plain\n", (await RunAsync("run", "text.py", "text")).Output);
        Assert.Equal("\"plain\"\n", (await RunAsync("run", "text.py", "text", "--json")).Output);
    }

    [Fact]
    public async Task Values_that_json_lacks_are_readable_and_with_json_as_they_travel()
    {
        ToolRun readable = await RunAsync("run", "text.py", "forms");
        ToolRun asJson = await RunAsync("run", "text.py", "forms", "--json");

        Assert.Equal(
            """{"nan":"nan","raw":"<3 bytes: YWJj>","5":["<text.Point, which has no form in JSON>","\u001B[31mred"]}""",
            JsonElement.Parse(readable.Output).GetRawText().ReplaceLineEndings("").Replace("  ", "", StringComparison.Ordinal)
                .Replace(": ", ":", StringComparison.Ordinal).Replace("bytes:", "bytes: ", StringComparison.Ordinal));
        Assert.Equal("map", JsonElement.Parse(asJson.Output).GetProperty("__snakepit__").GetString());
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "Argument 'a' is given twice.")]
    [InlineData("""a="\ud800" """, "An argument cannot be sent: A text or a name in it has half a character")]
    [InlineData("""{"\ud800":1}""", "An argument cannot be sent: A text or a name in it has half a character")]
    public async Task Arguments_that_no_call_can_have_are_told(string arguments, string problem)
    {
        ToolRun run = await RunAsync("run", "text.py", "add", arguments.Trim());

        Assert.Equal(2, run.Code);
        Assert.StartsWith(problem, run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_sequences_of_an_exception_are_shown_and_not_obeyed()
    {
        ToolRun run = await RunAsync("run", "text.py", "shout");

        Assert.DoesNotContain('\e', run.Errors);
        Assert.Contains(@"ValueError: \u001b[31mred", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exception_of_the_tool_is_shown_with_its_traceback()
    {
        ToolRun run = await RunAsync("run", "text.py", "fail");

        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Contains("ValueError: no number", run.Problem, StringComparison.Ordinal);
        Assert.Contains("text.py\", line 9, in fail", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_tool_is_answered_with_near_names()
    {
        ToolRun run = await RunAsync("run", "text.py", "ad");

        Assert.Equal(3, run.Code);
        Assert.Equal(
            "The adapter has no tool 'ad'. Did you mean 'add'? Its tools are: add, fail, text, folder, forms, shout.", run.Problem);
    }

    [Fact]
    public async Task Adapter_that_does_not_exist_is_named_once()
    {
        ToolRun run = await RunAsync("run", "txt.py", "add");

        Assert.Equal(1, run.Code);
        Assert.Contains("'txt.py'", run.Problem, StringComparison.Ordinal);
        Assert.Single(run.Problem.Split("does not exist")[1..]);
    }

    [Fact]
    public async Task Adapter_that_cannot_be_loaded_is_told_with_its_traceback()
    {
        WriteFile("broken.py", "import no_such_module");

        ToolRun run = await RunAsync("run", "broken.py", "add");

        Assert.Equal(1, run.Code);
        Assert.Contains("No module named 'no_such_module'", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_calls_tools_and_goes_on_after_errors()
    {
        const string Input = "tools\nadd a=1\n\nad\nfail\nadd a=1 a=2\nadd '[1, 3]'\nadd \"[1, 4]\"\nadd b=\"1\nadd {\"a\": 5}\nquit\n"
            + "add a=9\n";

        ToolRun run = await RunAsync(80, Input, Cancellation, "run", "text.py");

        Assert.Equal(0, run.Code);
        Assert.Contains("add(a: int, b: int = 2)\n    Adds.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n3\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n5\n7\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("A quote has no end.", run.Problem, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'add'?", run.Problem, StringComparison.Ordinal);
        Assert.Contains("ValueError: no number", run.Problem, StringComparison.Ordinal);
        Assert.Contains("Argument 'a' is given twice.", run.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_the_pool_can_be_given_and_wrong_ones_are_named()
    {
        ToolRun right = await RunAsync("run", "text.py", "add", "a=1", "--set", "Call.Timeout=5s", "--set", "Size=2");
        ToolRun wrong = await RunAsync("run", "text.py", "add", "a=1", "--set", "Sise=2");

        Assert.Equal((0, "3\n"), (right.Code, right.Output));
        Assert.Equal(2, wrong.Code);
        Assert.Contains("Sise is not a setting. Did you mean 'Size'", wrong.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_ends_the_prompt()
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        WriteFile("slow.py", "def wait():\n    import time\n    time.sleep(100)\n\ndef setup():\n    open('started', 'w').close()\n");
        using var watcher = new FileSystemWatcher(Directory.GetCurrentDirectory(), "started") { EnableRaisingEvents = true };
        watcher.Created += (_, _) => cancelled.Cancel();
        try
        {
            ToolRun run = await RunAsync(80, "", cancelled.Token, "run", "slow.py", "wait");

            Assert.Equal((130, ""), (run.Code, run.Output));
        }
        finally
        {
            File.Delete("started");
        }
    }
}
