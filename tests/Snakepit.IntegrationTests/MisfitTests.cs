using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests calls whose arguments do not fit the tool.</summary>
public sealed class MisfitTests : IntegrationTest
{
    private const string Resize = "The tool's signature is resize(width: int, height: int = 1, *, mode='fit').";

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    public async Task Error_names_the_signature_and_near_parameters(ValueCodec codec)
    {
        Rig rig = await StartAsync("signatures.py", p => p.Values.Codec = codec);

        (string Tool, ToolArguments Arguments, string[] Told)[] calls =
        [
            ("resize", ToolArguments.Named(("widht", 2)), ["unexpected keyword argument 'widht'", "Did you mean 'width'?", Resize]),
            ("resize", ToolArguments.Named(("Width", 2)), ["unexpected keyword argument 'Width'", "Did you mean 'width'?", Resize]),
            ("resize", ToolArguments.Named(("height", 2)), ["missing 1 required positional argument: 'width'", Resize]),
            ("resize", default, ["missing 1 required positional argument: 'width'", Resize]),
            ("resize", ToolArguments.Positional(1, 2, "fill"), ["takes from 1 to 2 positional arguments but 3 were given", Resize]),
            ("resize", ToolArguments.Positional(1).AndNamed(("width", 2)), ["multiple values for argument 'width'", Resize]),
            ("first", ToolArguments.Named(("items", "ab")), ["'items'", "The tool's signature is first(items, /, default=None)."]),
            ("later", ToolArguments.Named(("second", 1)), ["Did you mean 'seconds'?", "The tool's signature is later(seconds, value=0)."]),
            ("decorated", ToolArguments.Named(("sise", 1)), ["Did you mean 'size'?", "The tool's signature is decorated(size)."]),
        ];
        foreach ((string tool, ToolArguments arguments, string[] told) in calls)
        {
            ToolException error = await Assert.ThrowsAsync<ToolException>(() => CallAsync(rig, tool, arguments));

            Assert.Equal("TypeError", error.Error.Type);
            Assert.All(told, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
            Assert.Equal(told[^1], Assert.Single(error.Error.Notes)[^told[^1].Length..]);
            Assert.Contains(told[^1], error.Error.Traceback, StringComparison.Ordinal);
        }
        Assert.Equal(6L, await CallAsync(rig, "resize", ToolArguments.Positional(2).AndNamed(("height", 3))));
    }

    [Fact(Timeout = Bound)]
    public async Task Error_of_the_tools_own_body_is_left_as_it_is()
    {
        Rig rig = await StartAsync("signatures.py");

        ToolException own = await Assert.ThrowsAsync<ToolException>(() => CallAsync(rig, "broken", ToolArguments.Named(("size", 1))));
        ToolException inner = await Assert.ThrowsAsync<ToolException>(() => CallAsync(rig, "outer", default));

        Assert.Equal(
            $"Tool 'broken' on worker {own.Worker} raised TypeError: object of type 'int' has no len()", own.Message);
        Assert.Empty(own.Error.Notes);
        Assert.Contains("unexpected keyword argument 'nothing'", inner.Message, StringComparison.Ordinal);
        Assert.Empty(inner.Error.Notes);
    }

    [Fact(Timeout = Bound)]
    public async Task Warm_up_of_a_tool_that_needs_arguments_names_its_signature()
    {
        Rig rig = Own(Rig.Create("signatures.py", static p => p.Start.Warmup = "resize"));

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains("missing 1 required positional argument: 'width'", error.Message, StringComparison.Ordinal);
        Assert.Contains(Resize, error.Message, StringComparison.Ordinal);
    }

    private static Task<object?> CallAsync(Rig rig, string tool, ToolArguments arguments) =>
        rig.Pool.ExecuteAsync<object?>(tool, arguments, null, Cancellation).AsTask();
}
