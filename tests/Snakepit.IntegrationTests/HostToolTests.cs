using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests functions of the host that Python calls.</summary>
public sealed class HostToolTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Arguments_and_results_travel_by_position_and_by_name()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("lookup", (string key, CancellationToken _) => key.Length)
            .Add("both", (int a, string b = "none", params int[] rest) => $"{a} {b} {rest?.Length}")
            .Add("later", async (DateTimeOffset at) =>
            {
                await Task.Yield();
                return at.AddDays(1);
            })
            .Add("nothing", () => { })
            .Add("raw", static (call, _) => new ValueTask<object?>(call.Get<int>(0) + call.Get<int>("more"))));

        Assert.Equal(3, await rig.CallAsync<int>("lookup", "abc"));
        Assert.Equal("1 none 0", await rig.CallAsync<string>("ask", "both", 1, "none", Array.Empty<int>()));
        Assert.Equal(
            new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
            await rig.CallAsync<DateTimeOffset>("ask_async", "later", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        Assert.Null(await rig.CallAsync<object?>("ask", "nothing"));
        Assert.Equal(42, await rig.Pool.ExecuteAsync<int>(
            "ask", ToolArguments.Positional("raw", 40).AndNamed(("more", 2)), null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task A_host_tool_knows_who_calls_it()
    {
        Rig rig = await StartAsync(static tools => tools.Add("who", static (HostToolCall call) =>
            $"{call.Tool} {call.Worker} {call.Caller} {call.SessionId} {call.Remaining > TimeSpan.Zero}"));

        Assert.Equal("who it/0#1 ask  True", await rig.CallAsync<string>("ask", "who"));
        Assert.Equal("who it/0#1 ask s-1 True", await rig.Pool.GetSession("s-1").ExecuteAsync<string>(
            "ask", ToolArguments.Positional("who"), null, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Tasks_ask_at_once_and_streams_between_items()
    {
        Rig rig = await StartAsync(static tools => tools.Add("double", (int x) => 2 * x));

        Assert.Equal(Enumerable.Range(0, 50).Select(static i => 2 * i), await rig.CallAsync<List<int>>("ask_at_once", 50));
        Assert.Equal(
            [0, 2, 4],
            await rig.Pool.StreamAsync<int>("double_all", ToolArguments.Positional(3), null, Cancellation).ToListAsync(Cancellation));
        Assert.Contains("another thread", await rig.CallAsync<string>("from_a_thread"), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Mistakes_and_exceptions_are_errors_in_python()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("lookup", "Finds things.", string (string key) => throw new KeyNotFoundException($"no {key}"))
            .Add("cycle", () => new Cycle()));

        Assert.Equal(["KeyNotFoundException", "no x", ""], await rig.CallAsync<string[]>("failure", "lookup", "x"));
        string[] unknown = await rig.CallAsync<string[]>("failure", "lokup", "x");
        Assert.Contains("Did you mean 'lookup'?", unknown[1], StringComparison.Ordinal);
        string[] misfit = await rig.CallAsync<string[]>("failure", "lookup");
        Assert.Contains("lookup() needs the argument 'key'", misfit[1], StringComparison.Ordinal);
        Assert.Contains("2 were given", (await rig.CallAsync<string[]>("failure", "lookup", "x", 1))[1], StringComparison.Ordinal);
        Assert.Contains("Argument '0'", (await rig.CallAsync<string[]>("failure", "lookup", 1))[1], StringComparison.Ordinal);
        Assert.NotEqual("", (await rig.CallAsync<string[]>("failure", "cycle"))[1]);
        Assert.Equal("Finds things.", (await rig.CallAsync<Dictionary<string, string>>("names"))["lookup"]);
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("lookup", "x"));
        Assert.True(error.Error.Is("HostToolError"));
    }

    [Theory(Timeout = Bound)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_stack_of_an_exception_is_sent_if_the_pool_says_so(bool sends)
    {
        Rig rig = await StartAsync(static tools => tools.Add("fail", Fail), p => p.Tools.SendStacks = sends);

        string[] failure = await rig.CallAsync<string[]>("failure", "fail");

        Assert.Equal(["FormatException", "no luck"], failure[..2]);
        Assert.Equal(sends, failure[2].Contains($"at {typeof(HostToolTests).FullName}.", StringComparison.Ordinal));
        Assert.Equal(sends, failure[2].Length > 0);

        static int Fail() => throw new FormatException("no luck");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L11")]
    public async Task A_session_has_host_tools_of_its_own_that_hide_those_of_the_pool_and_end_with_it()
    {
        Rig rig = await StartAsync(static tools => tools
            .Add("who", static () => "the pool").Add("double", "Doubles.", static (int x) => 2 * x));
        IWorkerSession session = rig.Pool.GetSession("s-1");
        session.Tools.Add("who", "Says who.", () => "the session").Add("more", static () => 1);

        Assert.Equal("the session", await AskAsync(session, "who"));
        Assert.Equal("the session", await AskAsync(rig.Pool.GetSession("s-1"), "who"));
        Assert.Equal(
            new() { ["who"] = "Says who.", ["double"] = "Doubles.", ["more"] = "" },
            await session.ExecuteAsync<Dictionary<string, string>>("names", default(ToolArguments), null, Cancellation));
        session.Tools.Add("late", static () => "late");
        Assert.Equal("late", await AskAsync(session, "late"));
        Assert.Equal("the pool", await AskAsync(rig.Pool, "who"));
        Assert.Equal("the pool", await AskAsync(rig.Pool.GetSession("s-2"), "who"));
        Assert.Equal(["who", "double"], (await rig.CallAsync<Dictionary<string, string>>("names")).Keys.OrderDescending());
        Assert.Contains("no host tool 'late'", (await rig.CallAsync<string[]>("failure", "late"))[1], StringComparison.Ordinal);

        await session.EndAsync(Cancellation);

        Assert.Equal("the pool", await AskAsync(session, "who"));
        Assert.Empty(session.Tools);

        static async Task<string> AskAsync(IToolInvoker invoker, string name) =>
            await invoker.ExecuteAsync<string>("ask", ToolArguments.Positional(name), null, Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Python_is_told_the_parameters_and_metadata_of_host_tools()
    {
        var metadata = new Dictionary<string, string> { ["unit"] = "EUR" };
        Rig rig = await StartAsync(tools => tools
            .Add(new HostTool("price", static (string item, int count = 1) => item.Length * count) { Metadata = metadata })
            .Add("raw", "Reads its arguments itself.", static (call, _) => new ValueTask<object?>(call.PositionalCount)));
        IWorkerSession session = rig.Pool.GetSession("s-1");
        session.Tools.Add(new HostTool("raw", static (_, _) => default)
        {
            Description = "Hides the pool's.", ParametersSchema = JsonElement.Parse("""{"title":"free"}"""), Metadata = metadata,
        });

        Assert.Equal(
            """["",{"type":"object","properties":{"item":{"type":"string"},"count":{"type":"integer","default":1}}"""
                + ""","required":["item"],"additionalProperties":false},{"unit":"EUR"}]""",
            await ToldAsync(rig.Pool, "price"));
        Assert.Equal("""["Reads its arguments itself.",null,{}]""", await ToldAsync(rig.Pool, "raw"));
        Assert.Equal("""["Hides the pool's.",{"title":"free"},{"unit":"EUR"}]""", await ToldAsync(session, "raw"));

        static async Task<string> ToldAsync(IToolInvoker invoker, string name) =>
            (await invoker.ExecuteAsync<JsonElement>("told", ToolArguments.Positional(name), null, Cancellation)).GetRawText();
    }

    [Fact(Timeout = Bound)]
    public async Task No_more_host_tools_run_at_once_than_the_pool_allows_and_the_others_follow()
    {
        using var begun = new SemaphoreSlim(0);
        using var gate = new SemaphoreSlim(0);
        var counts = new ConcurrentQueue<int>();
        int running = 0;
        Rig rig = await StartAsync(
            tools => tools.Add("hold", async (int number, CancellationToken ct) =>
            {
                counts.Enqueue(Interlocked.Increment(ref running));
                begun.Release();
                await gate.WaitAsync(ct);
                Interlocked.Decrement(ref running);
                return number;
            }),
            static p => p.Tools.MaxConcurrent = 2);

        Task<List<int>> call = rig.Pool.GetSession("s-1").ExecuteAsync<List<int>>(
            "hold_at_once", ToolArguments.Positional(5), null, Cancellation).AsTask();
        await rig.BegunAsync("all");
        for (int i = 0; i < 5; i++)
        {
            await begun.WaitAsync(Cancellation);
            if (i > 0)
            {
                gate.Release();
            }
        }
        gate.Release();

        Assert.Equal([0, 1, 2, 3, 4], await call);
        Assert.Equal(5, counts.Count);
        Assert.Equal(2, counts.Max());
    }

    [Fact(Timeout = Bound)]
    public async Task A_pool_without_host_tools_answers_that_there_is_none()
    {
        Rig rig = await StartAsync(static _ => { });

        Assert.Contains("has no host tool 'lookup'", (await rig.CallAsync<string[]>("failure", "lookup"))[1], StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_caller_that_gives_up_cancels_the_host_tool_and_frees_the_worker()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("hold", async (CancellationToken ct) =>
        {
            begun.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        }));
        int pid = await rig.CallAsync<int>("pid");
        using var source = new CancellationTokenSource();

        ValueTask call = rig.Pool.ExecuteAsync("ask", ToolArguments.Positional("hold"), null, source.Token);
        await begun.Task;
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        await cancelled.Task;
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task A_worker_that_dies_cancels_its_host_tools()
    {
        var cancelled = new TaskCompletionSource();
        var begun = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("hold", async (CancellationToken ct) =>
        {
            begun.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancelled.SetResult();
        }));

        Gate gate = NewGate();

        Task<int> call = rig.CallAsync<int>("die_asking", gate.Path);
        await begun.Task;
        gate.Release();

        await Assert.ThrowsAsync<WorkerLostException>(() => call);
        await cancelled.Task;
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_nested_call_has_the_deadline_of_the_call_that_led_to_it_or_its_own_if_that_is_sooner()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools
                .Add("left", (int seconds) => NestAsync("left", Within(seconds)))
                .Add("nest", (string name, int seconds) => NestAsync("ask", Within(3_600), name, seconds)),
            static p => p.Size = 3);
        pool = rig.Pool;

        Assert.InRange(await AskAsync(30, "left", 3_600), 1, 30);
        Assert.InRange(await AskAsync(30, "nest", "left", 3_600), 1, 30); // of a call two calls further out
        Assert.InRange(await AskAsync(3_600, "left", 30), 1, 30);

        async Task<double> AskAsync(int seconds, params object?[] arguments) => await rig.Pool.ExecuteAsync<double>(
            "ask", ToolArguments.FromList(arguments), Within(seconds), Cancellation);

        async Task<double> NestAsync(string tool, ToolCallOptions options, params object?[] arguments) =>
            await pool!.ExecuteAsync<double>(tool, ToolArguments.FromList(arguments), options);

        static ToolCallOptions Within(int seconds) => new() { Timeout = TimeSpan.FromSeconds(seconds) };
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_caller_that_gives_up_cancels_nested_calls_that_have_no_token_of_their_own()
    {
        IWorkerPool? pool = null;
        var nested = new TaskCompletionSource<Exception?>();
        Rig rig = await StartAsync(
            tools => tools.Add("nest", async () => nested.SetResult(await Record.ExceptionAsync(NestAsync))), static p => p.Size = 2);
        pool = rig.Pool;
        using var source = new CancellationTokenSource();

        ValueTask call = pool.ExecuteAsync("ask", ToolArguments.Positional("nest"), null, source.Token);
        await rig.BegunAsync("waiting");
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.IsAssignableFrom<OperationCanceledException>(await nested.Task);
        await rig.BegunAsync("to end"); // the innermost tool

        async Task NestAsync() => await pool!.ExecuteAsync("wait_for_the_end");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Nested_calls_run_while_a_worker_is_free_and_fail_at_once_when_none_can_be()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => p.Size = 3);
        pool = rig.Pool;

        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("nest", 5));
        Assert.Contains("NestedCallDeadlockException", error.Message, StringComparison.Ordinal);
        Assert.Contains("it.nest → it.nest → it.nest", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task A_nested_call_of_a_session_whose_worker_its_caller_holds_fails_at_once()
    {
        IWorkerSession? session = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                session!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => p.Size = 2);
        session = rig.Pool.GetSession("s-1", SessionAffinity.StrictQueue);

        ToolException error = await Assert.ThrowsAsync<ToolException>(
            () => session.ExecuteAsync<int>("nest", ToolArguments.Positional(1), null, Cancellation).AsTask());
        Assert.Contains("NestedCallDeadlockException", error.Message, StringComparison.Ordinal);
        Assert.Contains("in session 's-1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("(it.nest → it.nest)", error.Message, StringComparison.Ordinal);

        session = rig.Pool.GetSession("s-2", SessionAffinity.StrictQueue);
        Assert.Equal(1, await rig.CallAsync<int>("nest", 1)); // its worker is another one
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Of_chains_in_sessions_on_each_others_workers_one_fails_at_once_and_the_other_goes_on()
    {
        Rig rig = await StartAsync(static _ => { }, static p => p.Size = 2);
        IWorkerSession[] sessions = [Strict("s-1"), Strict("s-2")];
        int begun = 0;
        var both = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < 2; i++)
        {
            IWorkerSession other = sessions[1 - i];
            sessions[i].Tools.Add("nest", async (int depth, CancellationToken ct) =>
            {
                if (Interlocked.Increment(ref begun) == 2)
                {
                    both.SetResult();
                }
                await both.Task.WaitAsync(ct);
                return await other.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct);
            });
        }

        CallResult<int>[] results = await Task.WhenAll(sessions.Select(static session =>
            session.TryExecuteAsync<int>("nest", ToolArguments.Positional(1), null, Cancellation).AsTask()));

        Assert.Single(results, static result => result is { Succeeded: true, Value: 1 });
        CallResult<int> failed = Assert.Single(results, static result => !result.Succeeded);
        Assert.Contains("NestedCallDeadlockException", failed.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("by way of other sessions", failed.Error.Message, StringComparison.Ordinal);

        IWorkerSession Strict(string id) => rig.Pool.GetSession(id, SessionAffinity.StrictQueue);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task A_nested_call_that_would_wait_for_room_in_the_queue_fails_at_once_when_nothing_can_run_it()
    {
        IWorkerPool? pool = null;
        var begun = new TaskCompletionSource();
        var isFull = new TaskCompletionSource();
        Rig rig = await StartAsync(
            tools => tools.Add("nest", async (int depth, CancellationToken ct) =>
            {
                begun.TrySetResult();
                await isFull.Task.WaitAsync(ct);
                return await pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct);
            }),
            static p => (p.Size, p.Queue.Limit, p.Queue.WhenFull) = (1, 1, QueueFullMode.Wait));
        pool = rig.Pool;

        Task<int> call = rig.CallAsync<int>("nest", 1);
        await begun.Task;
        Task<int> queued = rig.CallAsync<int>("pid");
        Task<int> waiting = rig.CallAsync<int>("pid");
        isFull.SetResult();

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => call);
        Assert.Contains("NestedCallDeadlockException", error.Message, StringComparison.Ordinal);
        Assert.Equal(await queued, await waiting);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    public async Task Chains_that_hold_each_others_workers_do_not_hang()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => (p.Size, p.Queue.Timeout) = (4, TimeSpan.FromSeconds(30)));
        pool = rig.Pool;
        var outcomes = new ConcurrentBag<bool>();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                CallResult<int> result = await pool.TryExecuteAsync<int>("nest", ToolArguments.Positional(2), null, Cancellation);
                bool isDeadlock = !result.Succeeded && result.Error.Message.Contains("NestedCallDeadlock", StringComparison.Ordinal);
                Assert.True(result.Succeeded || isDeadlock, result.Error?.Message);
                outcomes.Add(result.Succeeded);
            }
        }));

        Assert.Contains(true, outcomes);
        Assert.Equal(2, await rig.CallAsync<int>("nest", 2));
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_is_an_iterator_in_python()
    {
        Rig rig = await StartAsync(static tools => tools.Add("rows", static (int count) => RowsAsync(count, null, default)));
        int[] rows = [.. Enumerable.Range(0, 1_000)];

        Assert.Equal(rows, await rig.CallAsync<int[]>("rows", 1_000));
        Assert.Equal(rows, await rig.CallAsync<int[]>("rows_async", 1_000));
        Assert.Equal([], await rig.CallAsync<List<int>>("rows", 0));
        Assert.Equal(
            rows,
            await rig.Pool.StreamAsync<int>("stream_rows", ToolArguments.Positional(1_000), null, Cancellation).ToListAsync(Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_ends_when_python_closes_it_or_its_call_ends()
    {
        TaskCompletionSource ended = new();
        Rig rig = await StartAsync(tools => tools.Add(
            "rows", (int count, CancellationToken ct) => Task.FromResult(RowsAsync(count, Volatile.Read(ref ended), ct))));

        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("first_rows", 2));
        await ended.Task;
        Volatile.Write(ref ended, new());
        Assert.Equal([], await rig.CallAsync<List<int>>("first_rows", 0));
        Assert.Equal(0, await rig.CallAsync<int>("leave_rows"));
        await ended.Task;
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_runs_no_further_ahead_than_a_window()
    {
        int made = 0;
        var isAhead = new TaskCompletionSource();
        Rig rig = await StartAsync(tools => tools.Add("rows", (int count) => CountAsync(count)));
        Gate gate = NewGate();

        Task<int> call = rig.CallAsync<int>("slow_rows", gate.Path);
        await isAhead.Task;
        gate.Release();

        Assert.Equal(0, await call);
        Assert.Equal(64, Volatile.Read(ref made));

        async IAsyncEnumerable<int> CountAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                if (Interlocked.Increment(ref made) == 64)
                {
                    isAhead.TrySetResult();
                }
                await Task.Yield();
                yield return i;
            }
        }
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_that_throws_is_an_error_after_the_items_before_it()
    {
        Rig rig = await StartAsync(static tools => tools.Add("rows", static (int count) => FailAsync(count)));

        object[] result = await rig.CallAsync<object[]>("failing_rows");

        Assert.Equal("""[[0,1,2],"FormatException","no more"]""", JsonSerializer.Serialize(result));

        static async IAsyncEnumerable<int> FailAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                await Task.Yield();
                yield return i;
            }
            throw new FormatException("no more");
        }
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_makes_nested_calls_and_takes_no_turn_of_others_while_python_reads()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("rows", (int count) => NestAsync(count)).Add("double", static (int x) => 2 * x),
            static p => (p.Size, p.Tools.MaxConcurrent) = (2, 1));
        pool = rig.Pool;

        Assert.Equal([0, 2, 4], await rig.CallAsync<List<int>>("rows", 3));

        async IAsyncEnumerable<int> NestAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                yield return await pool!.ExecuteAsync<int>("ask", ToolArguments.Positional("double", i));
            }
        }
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "A6")]
    public async Task A_host_tool_is_a_span_below_its_call_and_nested_calls_are_below_it()
    {
        IWorkerPool? pool = null;
        Rig rig = await StartAsync(
            tools => tools.Add("nest", (int depth, CancellationToken ct) =>
                pool!.ExecuteAsync<int>("nest", ToolArguments.Positional(depth), null, ct).AsTask()),
            static p => p.Size = 2);
        pool = rig.Pool;
        using var caller = new Activity("caller");
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Snakepit",
            Sample = static (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == caller.TraceId && span.OperationName != "snakepit.queue.wait") // a call may have to wait
                {
                    spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        caller.Start();

        Assert.Equal(1, await rig.CallAsync<int>("nest", 1));

        Activity[] path = [.. spans];
        Assert.Equal(["snakepit.call", "snakepit.host_tool", "snakepit.call"], path.Select(static span => span.OperationName));
        Assert.Equal(
            [path[1].SpanId, path[2].SpanId, caller.SpanId],
            path.Select(static span => span.ParentSpanId));
        Assert.Equal("nest", path[1].GetTagItem("rpc.method"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_instance_that_was_created_for_a_call_is_disposed_with_it()
    {
        Rig rig = await StartAsync(static tools => tools.AddFrom<Disposed>());

        Assert.Equal(0, await rig.CallAsync<int>("ask", "Count"));
        Assert.True(await Disposed.Ended.WaitAsync(0, Cancellation));
        Assert.Equal([1, 1], await rig.CallAsync<List<int>>("rows", 2));
        await Disposed.Ended.WaitAsync(Cancellation);
        Assert.Equal(2, await rig.CallAsync<int>("ask", "Count"));
    }

    [Fact(Timeout = Bound)]
    public async Task Methods_of_a_service_are_host_tools_with_a_scope_for_each_call()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddScoped<Greeting>();
        builder.Services.AddSnakepit().AddPool("it", static p =>
        {
            p.Adapter = Rig.Adapter("host_tools.py");
            p.Size = 1;
            p.Transport.Portable = TransportMode.IsPortable;
            p.Tools.AddFrom<Greeter>();
        });
        using IHost host = builder.Build();
        await host.StartAsync(Cancellation);
        IWorkerPool pool = host.Services.GetRequiredKeyedService<IWorkerPool>("it");

        Assert.Equal("hello Ada", await pool.ExecuteAsync<string>("ask", ToolArguments.Positional("greet", "Ada"), null, Cancellation));
        Assert.Equal(1, await pool.ExecuteAsync<int>("ask", ToolArguments.Positional("Uses"), null, Cancellation));
        Assert.Equal(1, await pool.ExecuteAsync<int>("ask", ToolArguments.Positional("Uses"), null, Cancellation));
        await host.StopAsync(Cancellation);
    }

    private async Task<Rig> StartAsync(Action<HostToolCollection> add, Action<PoolOptions>? configure = null) =>
        await StartAsync("host_tools.py", p =>
        {
            add(p.Tools);
            configure?.Invoke(p);
        });

    private static async IAsyncEnumerable<int> RowsAsync(
        int count, TaskCompletionSource? ended, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            ended?.TrySetResult();
        }
    }

    internal sealed class Disposed : IAsyncDisposable
    {
        private static int s_count;

        public static SemaphoreSlim Ended { get; } = new(0);

        [HostTool]
        public int Count() => s_count;

        [HostTool(Name = "rows")]
        public async IAsyncEnumerable<int> RowsAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                await Task.Yield();
                yield return s_count;
            }
        }

        public ValueTask DisposeAsync()
        {
            s_count++;
            Ended.Release();
            return default;
        }
    }

    internal sealed class Greeting
    {
        public int Uses { get; set; }

        public string Text => "hello";
    }

    internal sealed class Greeter(Greeting greeting)
    {
        [HostTool(Name = "greet", Description = "Greets.")]
        public string Greet(string name) => $"{greeting.Text} {name}";

        [HostTool]
        internal int Uses() => ++greeting.Uses;
    }

    private sealed class Cycle
    {
        public Cycle Self => this;
    }
}
