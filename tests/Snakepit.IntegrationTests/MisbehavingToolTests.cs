using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tools that harm their own process: the caller gets a typed error, and the pool serves the next call.</summary>
public sealed class MisbehavingToolTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_sys_exit_is_an_error_of_the_tool_and_the_worker_stays()
    {
        Rig rig = await StartAsync();
        int before = rig.OnlyWorker().Pid;

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(async () => await rig.Pool.ExecuteAsync("leave", ToolArguments.Positional(3), null, Cancellation));

        Assert.Equal("SystemExit", thrown.Error.Type);
        Assert.Equal(before, await rig.Pool.ExecuteAsync<int>("pid", default, null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task ExecuteAsync_os_exit_loses_the_worker_with_its_exit_code_and_last_output()
    {
        Rig rig = await StartAsync();

        WorkerLostException thrown = await LoseAsync(rig, "leave_at_once", ToolArguments.Positional(42));

        Assert.Equal(42, thrown.Report?.ExitCode);
        Assert.Contains("about to leave", thrown.Report!.LastOutput);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task ExecuteAsync_segmentation_fault_loses_the_worker_with_its_signal()
    {
        Rig rig = await StartAsync();

        WorkerLostException thrown = await LoseAsync(rig, "segfault");

        Assert.Equal(11, thrown.Report?.Signal);
        Assert.Contains("SIGSEGV", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("about to crash", thrown.Report!.LastOutput);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_stack_overflow_in_native_code_loses_the_worker()
    {
        Rig rig = await StartAsync();

        Exception? thrown = await Record.ExceptionAsync(async () => await rig.Pool.ExecuteAsync("recurse_without_limit", default, null, Cancellation));

        // Newer interpreters notice in time and raise.
        Assert.True(thrown is WorkerLostException { Report.Signal: 11 } or ToolException { Error.Type: "RecursionError" }, thrown?.ToString());
        await AssertServesAsync(rig);
    }

    [Theory(Timeout = Bound)]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Rule", "P3")]
    public async Task ExecuteAsync_tool_that_prints_50_MB_returns(bool newlines)
    {
        Rig rig = await StartAsync();

        Assert.Equal(50, await rig.Pool.ExecuteAsync<int>("print_much", ToolArguments.Positional(50, newlines), null, Cancellation));

        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task ExecuteAsync_forked_child_that_returns_is_not_heard()
    {
        Rig rig = await StartAsync();

        object?[] result = await rig.Pool.ExecuteAsync<object?[]>("fork_and_return", default, null, Cancellation);
        int code = await rig.Pool.ExecuteAsync<int>("fork_and_raise", default, null, Cancellation);

        Assert.Equal("parent", result[0]);
        Assert.Equal(1, code);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task Exit_while_a_forked_child_lives_on_is_told_and_takes_the_child_along()
    {
        Rig rig = await StartAsync();
        using Pidfd child = new(await rig.Pool.ExecuteAsync<int>("fork_and_stay", default, null, Cancellation));

        await LoseAsync(rig, "leave_at_once", ToolArguments.Positional(1));

        await child.GoneAsync();
        await AssertServesAsync(rig);
    }

    [Theory(Timeout = Bound)]
    [InlineData("fork")]
    [InlineData("spawn")]
    [InlineData("forkserver")]
    [Trait("Rule", "P5")]
    public async Task ExecuteAsync_multiprocessing_in_a_tool_works(string method)
    {
        Rig rig = await StartAsync();

        Assert.Equal(new[] { 0, 1, 4, 9, 16 }, await rig.Pool.ExecuteAsync<int[]>("multiprocess", ToolArguments.Positional(method), null, Cancellation));

        await AssertServesAsync(rig);
    }

    [Theory(Timeout = Bound)]
    [InlineData("close_low_descriptors")]
    [InlineData("spoil_streams")]
    [InlineData("spoil_streams_with_objects")]
    [InlineData("spoil_signals")]
    [InlineData("spoil_modules")]
    [Trait("Rule", "P2")]
    public async Task ExecuteAsync_tool_that_spoils_its_process_leaves_the_worker_usable(string tool)
    {
        Rig rig = await StartAsync();
        int before = rig.OnlyWorker().Pid;

        await rig.Pool.ExecuteAsync(tool, default, null, Cancellation);

        Assert.Equal(before, await rig.Pool.ExecuteAsync<int>("pid", default, null, Cancellation));
        ToolException raised = await Assert.ThrowsAsync<ToolException>(async () => await rig.Pool.ExecuteAsync("no_such_tool", default, null, Cancellation));
        Assert.Equal("ToolNotFound", raised.Error.Type);
        await rig.Pool.RecycleAsync(0, Cancellation);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_tool_that_changes_directory_leaves_the_worker_usable()
    {
        Rig rig = await StartAsync();

        Assert.Equal("/", await rig.Pool.ExecuteAsync<string>("change_directory", ToolArguments.Positional("/"), null, Cancellation));

        ToolException raised = await Assert.ThrowsAsync<ToolException>(async () => await rig.Pool.ExecuteAsync("no_such_tool", default, null, Cancellation));
        Assert.Equal("ToolNotFound", raised.Error.Type);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task ExecuteAsync_tool_that_closes_the_channels_loses_the_worker()
    {
        Rig rig = await StartAsync();

        await LoseAsync(rig, "close_all_descriptors");

        await AssertServesAsync(rig);
    }

    [Theory(Timeout = Bound)]
    [InlineData("write_to_data", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")] // a length beyond every limit
    [InlineData("write_to_data", "1800000011ff0000010000000000000001000000180000000000")] // a reserved bit
    [InlineData("write_to_data", "18000000630000000100000000000000010000001800000000")] // an unknown type
    [InlineData("write_to_data", "0000000011000000010000000000000001000000180000000000")] // a length below its header's
    [InlineData("write_to_data", "1900000003000000000000000000000000000000180000007b")] // a READY that is no JSON
    [InlineData("write_to_control", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("write_to_control", "1a00000027000000000000000000000000000000180000007b7d")] // a LOG without a level
    [InlineData("write_to_control", "1c00000027000000000000000000000000000000180000006e756c6c")] // a LOG that is null
    [InlineData("write_to_control", "1900000027000000000000000000000000000000180000003a")] // a LOG that is no JSON
    [InlineData("answer_never_issued", null)]
    [Trait("Rule", "P4")]
    public async Task ExecuteAsync_garbage_on_a_channel_ends_that_worker_only(string tool, string? bytes)
    {
        Rig rig = await StartAsync();

        WorkerLostException thrown = await LoseAsync(rig, tool, bytes is null ? default : ToolArguments.Positional(bytes));

        Assert.Contains("broke the protocol", thrown.Report!.Cause, StringComparison.Ordinal);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task ExecuteAsync_second_answer_to_a_call_ends_the_worker()
    {
        Rig rig = await StartAsync();

        Assert.Equal(1, await rig.Pool.ExecuteAsync<int>("answer_twice", default, null, Cancellation));

        WorkerCrashed crashed = await rig.NextAsync<WorkerCrashed>();
        Assert.Contains("twice", crashed.Report.Cause, StringComparison.Ordinal);
        await AssertServesAsync(rig);
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_deep_recursion_is_an_error_of_the_tool()
    {
        Rig rig = await StartAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(async () => await rig.Pool.ExecuteAsync("recurse", default, null, Cancellation));

        Assert.True(thrown.Error.Is("RecursionError"));
        await AssertServesAsync(rig);
    }

    [Theory(Timeout = Bound)]
    [InlineData("raise_malicious", "Malicious")]
    [InlineData("raise_group_like", "ValueError")]
    public async Task ExecuteAsync_exception_that_cannot_be_told_is_told_as_far_as_it_can(string tool, string type)
    {
        Rig rig = await StartAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(async () => await rig.Pool.ExecuteAsync(tool, default, null, Cancellation));

        Assert.Equal(type, thrown.Error.Type);
        await AssertServesAsync(rig);
    }

    private Task<Rig> StartAsync() => StartAsync("misbehaving.py");

    private static async Task<WorkerLostException> LoseAsync(Rig rig, string tool, ToolArguments arguments = default)
    {
        WorkerLostException thrown = await Assert.ThrowsAsync<WorkerLostException>(async () => await rig.Pool.ExecuteAsync(tool, arguments, null, Cancellation));
        Assert.Equal(CallExecution.MayHaveRun, thrown.Execution);
        return thrown;
    }

    private static async Task AssertServesAsync(Rig rig) => Assert.Equal(42, await rig.Pool.ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
}
