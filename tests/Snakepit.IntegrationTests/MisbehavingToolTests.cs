using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests tools that harm their own process. The caller gets a typed error, and the pool serves the next call.</summary>
public sealed class MisbehavingToolTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_sys_exit_is_an_error_of_the_tool_and_the_worker_stays()
    {
        Rig rig = await StartAsync();
        int before = rig.OnlyWorker().Pid;

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("leave", 3));

        Assert.Equal("SystemExit", thrown.Error.Type);
        Assert.Equal(before, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task ExecuteAsync_os_exit_loses_the_worker_with_its_exit_code_and_last_output()
    {
        Rig rig = await StartAsync();

        WorkerLostException thrown = await LoseAsync(rig, "leave_at_once", ToolArguments.Positional(42));

        Assert.Equal(42, thrown.Report?.ExitCode);
        Assert.Contains("about to leave", thrown.Report!.LastOutput);
        await rig.AssertServesAsync();
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
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_stack_overflow_in_native_code_loses_the_worker()
    {
        Rig rig = await StartAsync();

        Exception? thrown = await Record.ExceptionAsync(() => rig.CallAsync<object?>("recurse_without_limit"));

        // Newer interpreters detect the recursion in time and raise.
        Assert.True(
            thrown is WorkerLostException { Report.Signal: 11 } or ToolException { Error.Type: "RecursionError" }, thrown?.ToString());
        await rig.AssertServesAsync();
    }

    [Theory(Timeout = Bound)]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Rule", "P3")]
    public async Task ExecuteAsync_tool_that_prints_50_MB_returns(bool newlines)
    {
        Rig rig = await StartAsync();

        Assert.Equal(50, await rig.CallAsync<int>("print_much", 50, newlines));

        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task ExecuteAsync_forked_child_that_returns_is_not_heard()
    {
        Rig rig = await StartAsync();

        object?[] result = await rig.CallAsync<object?[]>("fork_and_return");
        int code = await rig.CallAsync<int>("fork_and_raise");

        Assert.Equal("parent", result[0]);
        Assert.Equal(1, code);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P5")]
    public async Task Exit_while_a_forked_child_lives_on_is_told_and_takes_the_child_along()
    {
        Rig rig = await StartAsync();
        using Pidfd child = new(await rig.CallAsync<int>("fork_and_stay"));

        await LoseAsync(rig, "leave_at_once", ToolArguments.Positional(1));

        await child.GoneAsync();
        await rig.AssertServesAsync();
    }

    [Theory(Timeout = Bound)]
    [InlineData("fork")]
    [InlineData("spawn")]
    [InlineData("forkserver")]
    [Trait("Rule", "P5")]
    public async Task ExecuteAsync_multiprocessing_in_a_tool_works(string method)
    {
        Rig rig = await StartAsync();

        Assert.Equal(new[] { 0, 1, 4, 9, 16 }, await rig.CallAsync<int[]>("multiprocess", method));

        await rig.AssertServesAsync();
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

        await rig.CallAsync<object?>(tool);

        Assert.Equal(before, await rig.CallAsync<int>("pid"));
        ToolException raised = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("no_such_tool"));
        Assert.Equal("ToolNotFound", raised.Error.Type);
        await rig.Pool.RecycleAsync(0, Cancellation);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_tool_that_changes_directory_leaves_the_worker_usable()
    {
        Rig rig = await StartAsync();

        Assert.Equal("/", await rig.CallAsync<string>("change_directory", "/"));

        ToolException raised = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("no_such_tool"));
        Assert.Equal("ToolNotFound", raised.Error.Type);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    [Trait("Rule", "P7")]
    public async Task ExecuteAsync_tool_that_closes_the_channels_has_its_result_but_not_its_worker()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Transport.Portable = false);
        int pid = rig.OnlyWorker().Pid;

        await rig.CallAsync<object?>("close_all_descriptors"); // the reply is on the page

        await rig.AssertServesAsync();
        Assert.NotEqual(pid, rig.OnlyWorker().Pid);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task ExecuteAsync_tool_that_closes_the_channels_loses_the_worker_where_there_is_no_page()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Transport.Portable = true);

        await LoseAsync(rig, "close_all_descriptors");

        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task ExecuteAsync_tool_cannot_take_away_memory_that_the_host_reads()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Transport.Portable = false);

        Assert.Equal(["EPERM", "EPERM", "EPERM", "EPERM"], await rig.CallAsync<string[]>("truncate_page"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    public async Task ExecuteAsync_tool_that_scribbles_on_the_page_harms_its_own_worker_only()
    {
        Rig rig = await StartAsync("misbehaving.py", static p => p.Transport.Portable = false);

        await LoseAsync(rig, "scribble_on_page");

        await rig.AssertServesAsync();
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

        Assert.Contains("broke the protocol", thrown.Report!.Description, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task ExecuteAsync_second_answer_to_a_call_ends_the_worker()
    {
        Rig rig = await StartAsync();

        Assert.Equal(1, await rig.CallAsync<int>("answer_twice"));

        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>();
        Assert.Contains("twice", crashed.Report.Description, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task ExecuteAsync_deep_recursion_is_an_error_of_the_tool()
    {
        Rig rig = await StartAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("recurse"));

        Assert.True(thrown.Error.Is("RecursionError"));
        await rig.AssertServesAsync();
    }

    [Theory(Timeout = Bound)]
    [InlineData("raise_malicious", "Malicious")]
    [InlineData("raise_group_like", "ValueError")]
    public async Task ExecuteAsync_exception_that_cannot_be_told_is_told_as_far_as_it_can(string tool, string type)
    {
        Rig rig = await StartAsync();

        ToolException thrown = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>(tool));

        Assert.Equal(type, thrown.Error.Type);
        await rig.AssertServesAsync();
    }

    private Task<Rig> StartAsync() => StartAsync("misbehaving.py");

    private static async Task<WorkerLostException> LoseAsync(Rig rig, string tool, ToolArguments arguments = default)
    {
        WorkerLostException thrown = await Assert.ThrowsAsync<WorkerLostException>(
            async () => await rig.Pool.ExecuteAsync(tool, arguments, null, Cancellation));
        Assert.Equal(CallExecution.MayHaveRun, thrown.Execution);
        return thrown;
    }
}
