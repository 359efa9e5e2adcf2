using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests calls whose arguments do not fit the tool.</summary>
public sealed class MisfitTests : IntegrationTest
{
    private const string Resize = "The tool's signature is resize(width: int, height: int = 1, *, mode='fit').";

    [Fact(Timeout = Bound)]
    public async Task Call_is_refused_before_it_travels_with_the_signature_and_near_parameters()
    {
        Rig rig = await StartAsync("signatures.py");

        (string Tool, ToolArguments Arguments, string Problem, string Note)[] calls =
        [
            ("resize", ToolArguments.Named(("widht", 2)), "resize() has no parameter 'widht'", $"Did you mean 'width'? {Resize}"),
            ("resize", ToolArguments.Named(("Width", 2)), "resize() has no parameter 'Width'", $"Did you mean 'width'? {Resize}"),
            ("resize", ToolArguments.Named(("width", 2), ("colour", 2)), "resize() has no parameter 'colour'", Resize),
            ("resize", ToolArguments.Named(("height", 2)), "resize() needs a value for 'width'", Resize),
            ("resize", default, "resize() needs a value for 'width'", Resize),
            ("resize", ToolArguments.Positional(1, 2, "fill"), "resize() takes at most 2 arguments by position, but 3 are given", Resize),
            ("resize", ToolArguments.Positional(1).AndNamed(("width", 2)),
                "resize() got two values for 'width': one by position and one by name", Resize),
            ("first", ToolArguments.Named(("items", "ab")), "first() takes 'items' by position only, but it is given by name",
                "The tool's signature is first(items, /, default=None)."),
            ("later", ToolArguments.Named(("second", 1)), "later() has no parameter 'second'",
                "Did you mean 'seconds'? The tool's signature is later(seconds, value=0)."),
            ("takes_nothing", ToolArguments.Positional(1), "takes_nothing() takes no arguments by position, but 1 is given",
                "The tool's signature is takes_nothing()."),
            ("takes_two", default, "takes_two() needs values for a, b", "The tool's signature is takes_two(a, b)."),
        ];
        foreach ((string tool, ToolArguments arguments, string problem, string note) in calls)
        {
            ToolException error = await Assert.ThrowsAsync<ToolException>(() => CallAsync(rig, tool, arguments));

            Assert.Equal($"Pool 'it' did not call the tool: TypeError: {problem}\n{note}", error.Message);
            Assert.Equal((tool, default), (error.Tool, error.Worker));
            Assert.Equal(("TypeError", "builtins", problem), (error.Error.Type, error.Error.Module, error.Error.Message));
            Assert.Equal(note, Assert.Single(error.Error.Notes));
            Assert.Equal($"TypeError: {problem}\n{note}\n", error.Error.Traceback);
            Assert.True(error.Error.Is("TypeError") && error.Error.Is("Exception"));
        }
        Assert.Equal(0, rig.OnlyWorker().Requests);
        Assert.Equal(6L, await CallAsync(rig, "resize", ToolArguments.Positional(2).AndNamed(("height", 3))));
    }

    [Fact(Timeout = Bound)]
    public async Task Stream_is_refused_as_a_call_is()
    {
        Rig rig = await StartAsync("signatures.py");

        ToolException error = await Assert.ThrowsAsync<ToolException>(async () =>
        {
            await foreach (int item in rig.Pool.StreamAsync<int>("resize", ToolArguments.Named(("widht", 2)), null, Cancellation))
            {
                Assert.Fail($"{item} arrived");
            }
        });

        Assert.Equal("resize() has no parameter 'widht'", error.Error.Message);
        Assert.Equal(6L, await CallAsync(rig, "resize", ToolArguments.Positional(2, 3)));
    }

    [Fact(Timeout = Bound)]
    public async Task Properties_of_an_object_are_refused_by_name()
    {
        Rig rig = await StartAsync("signatures.py");

        ToolException wrong = await Assert.ThrowsAsync<ToolException>(
            async () => await rig.Pool.ExecuteAsync<int>("resize", new { Width = 2, height = 3 }, null, Cancellation));
        ToolException missing = await Assert.ThrowsAsync<ToolException>(
            async () => await rig.Pool.ExecuteAsync<int>("resize", new { height = 3 }, null, Cancellation));

        Assert.Equal("resize() has no parameter 'Width'", wrong.Error.Message);
        Assert.Equal("resize() needs a value for 'width'", missing.Error.Message);
        Assert.Equal(6, await rig.Pool.ExecuteAsync<int>("resize", new { width = 2, height = 3 }, null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Refused_call_has_the_outcome_of_one_that_a_worker_refuses()
    {
        Rig rig = await StartAsync("signatures.py", static p => p.Retry.MaxRetries = 2);

        CallResult<int> host = await rig.Pool.TryExecuteAsync<int>("resize", ToolArguments.Named(("widht", 2)), null, Cancellation);
        CallResult<int> worker = await rig.Pool.TryExecuteAsync<int>("decorated", ToolArguments.Named(("sise", 2)), null, Cancellation);

        Assert.Equal((CallOutcome.ToolError, CallOutcome.ToolError), (host.Outcome, worker.Outcome));
        Assert.Equal(
            ("TypeError", "TypeError"),
            (Assert.IsType<ToolException>(host.Error).Error.Type, Assert.IsType<ToolException>(worker.Error).Error.Type));
    }

    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json)]
    [InlineData(ValueCodec.Marshal)]
    public async Task Worker_answers_where_only_Python_knows_what_a_tool_takes(ValueCodec codec)
    {
        Rig rig = await StartAsync("signatures.py", p => p.Values.Codec = codec);

        ToolException error = await Assert.ThrowsAsync<ToolException>(
            () => CallAsync(rig, "decorated", ToolArguments.Named(("sise", 1))));

        const string Signature = "The tool's signature is decorated(size).";
        Assert.Equal(("TypeError", rig.OnlyWorker().Id), (error.Error.Type, error.Worker));
        Assert.Contains("Did you mean 'size'?", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(Signature, Assert.Single(error.Error.Notes), StringComparison.Ordinal);
        Assert.Contains(Signature, error.Error.Traceback, StringComparison.Ordinal);
        Assert.Equal("token 3", await CallAsync(rig, "injected", ToolArguments.Positional(3)));
        Assert.Equal("token 3", await CallAsync(rig, "injected", ToolArguments.Named(("size", 3))));
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
