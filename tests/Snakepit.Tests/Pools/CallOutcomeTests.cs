using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The outcomes of calls: results and exceptions.</summary>
[Trait("Rule", "L1")]
public sealed class CallOutcomeTests
{
    [Fact]
    public async Task Execute_returns_the_result_of_the_tool()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task Execute_without_a_result_type_completes()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        Task call = fixture.CallAsync("slow");
        fixture.NextSlow().Return("dropped");

        await call;
    }

    [Fact]
    public async Task Execute_of_a_tool_that_raises_throws_what_python_raised()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));

        Assert.Equal("Tool 'fail' on worker text/0#1 raised KeyError: 'x'", error.Message);
        Assert.Equal(("fail", new WorkerId("text", 0, 1)), (error.Tool, error.Worker));
        Assert.True(error.Error.Is("LookupError"));
        Assert.False(error.Error.Is("ValueError"));
    }

    [Fact]
    public async Task Execute_of_an_unknown_tool_says_so()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("ad"));

        Assert.Equal("Tool 'ad' on worker text/0#1 raised ToolNotFound: pool 'text' has no tool 'ad'", error.Message);
    }

    [Fact]
    public async Task Execute_reading_a_wrong_type_throws_and_costs_nothing_else()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        Task<int> call = fixture.Begin();
        fixture.NextSlow().Return("text");

        await Assert.ThrowsAsync<ToolResultException>(() => call);

        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task Execute_with_arguments_that_cannot_be_sent_throws_before_any_worker_is_asked()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        ToolArguments arguments = ToolArguments.Named(("f", new IntPtr(1)));

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => fixture.CallAsync("add", arguments));

        Assert.StartsWith("Argument 'f' of tool 'add', a IntPtr, cannot be sent:", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, fixture.Now.Accepted);
    }

    [Fact]
    public async Task Execute_with_too_large_arguments_names_the_size_and_the_setting()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Call.MaxMessage = MemorySize.FromKiB(1));
        ToolArguments arguments = ToolArguments.Positional(new string('x', 1_100));

        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => fixture.CallAsync("add", arguments));

        Assert.StartsWith(
            "The arguments of 'add' take 1,112 bytes, more than Call.MaxMessage (1KiB) of pool 'text' allows.",
            error.Message,
            StringComparison.Ordinal);
        Assert.Equal("arguments", error.ParamName);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Execute_without_a_tool_name_throws(string? tool)
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        await Assert.ThrowsAnyAsync<ArgumentException>(() => fixture.CallAsync(tool!));
    }

    [Fact]
    public async Task Every_call_gets_the_answer_to_its_own_arguments()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => (p.Size, p.Queue.Limit) = (4, 2_000));
        fixture.Workers.Add("echo", request => request.Get<int>(0));

        int[] sent = [.. Enumerable.Range(0, 2_000)];
        int[] received = await Task.WhenAll(sent.Select(
            i => Task.Run(() => fixture.CallAsync<int>("echo", ToolArguments.Positional(i)))));

        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task A_chain_of_queued_calls_over_workers_of_one_call_each_completes()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Recycle.MaxRequests = 1);

        Task<int>[] calls = [fixture.Begin(), .. Enumerable.Range(0, 900).Select(_ => fixture.AddAsync())];
        fixture.NextSlow().Return(42);

        Assert.All(await Task.WhenAll(calls), static sum => Assert.Equal(42, sum));
    }

    [Fact]
    public async Task Execute_of_a_tool_with_an_endless_name_is_refused_in_few_words()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.CallAsync(new string('x', 10_000_000)));

        Assert.InRange(error.Message.Length, 1, 300);
    }

    [Fact]
    public void Exceptions_say_no_more_than_a_reader_can_take()
    {
        var error = new CallTimeoutException(new string('x', 50_000_000));

        Assert.EndsWith("x… (50,000,000 characters, cut)", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 10_000);
    }

    [Fact]
    public async Task Tool_name_of_more_than_a_thousand_characters_is_refused_before_anything_is_sent()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => fixture.CallAsync<int>(new string('x', 1_001)));
        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync<int>(new string('x', 1_000)));
    }
}
