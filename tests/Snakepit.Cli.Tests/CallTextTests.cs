using System.Text.Json;
using Snakepit.Cli.Local;

namespace Snakepit.Cli.Tests;

/// <summary>Arguments of calls, as a user writes them.</summary>
public sealed class CallTextTests
{
    [Theory]
    [InlineData("a=40 b=2", """{"a":40,"b":2}""")]
    [InlineData("name=World", """{"name":"World"}""")]
    [InlineData("name=\"7\"", """{"name":"7"}""")]
    [InlineData("flag=true none=null list=[1,2]", """{"flag":true,"none":null,"list":[1,2]}""")]
    [InlineData("1 two [3]", """[1,"two",[3]]""")]
    [InlineData("{\"a\":1}", """{"a":1}""")]
    [InlineData("[1,2]", "[1,2]")]
    [InlineData("x==y", """{"x":"=y"}""")]
    [InlineData("=y", """["=y"]""")]
    [InlineData("a-b=1", """["a-b=1"]""")]
    [InlineData("3=1", """["3=1"]""")]
    [InlineData("name=", """{"name":""}""")]
    public void Words_are_read(string words, string expected) =>
        Assert.Equal(expected, JsonSerializer.Serialize(CallText.ForHost(words.Split(' '))));

    [Fact]
    public void Nested_value_is_read_as_deep_as_a_host_reads_it_and_refused_beyond()
    {
        string deepest = new string('[', 62) + new string(']', 62);
        Assert.Equal($$"""{"x":{{deepest}}}""", JsonSerializer.Serialize(CallText.ForHost([$"x={deepest}"])));

        foreach (string word in (string[])[$"x=[{deepest}]", $"[{deepest}]", $"{{\"x\":{{\"y\":{deepest}}}}}"])
        {
            CliException error = Assert.Throws<CliException>(() => CallText.ForHost([word]));
            Assert.Contains("nested deeper than 62 levels", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal($$"""{"x":"[{{deepest}}"}""", JsonSerializer.Serialize(CallText.ForHost([$"x=[{deepest}"]))); // no JSON
    }

    [Fact]
    public void No_words_are_no_arguments() => Assert.Null(CallText.ForHost([]));

    [Theory]
    [InlineData("a=1 a=2", "Argument 'a' is given twice.")]
    [InlineData("1 a=2", "by name or by position, not both")]
    [InlineData("{a:1}", "begin like JSON")]
    public void Words_that_mean_nothing_are_refused(string words, string problem)
    {
        CliException error = Assert.Throws<CliException>(() => CallText.ForHost(words.Split(' ')));

        Assert.Equal(ExitCode.WrongCommandLine, error.Code);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
