using System.Runtime.CompilerServices;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests streams that go wrong on either side. Each has a typed error, nothing hangs, and the pool serves on.</summary>
public sealed class BadStreamTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task An_item_that_cannot_be_sent_closes_the_generator_and_comes_as_an_error_after_the_items_before()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");

        (int items, Exception? error) = await ReadAsync(rig, "yields_what_cannot_be_sent");

        Assert.Equal((1, typeof(ToolException)), (items, error?.GetType()));
        Assert.Equal("closed", (await rig.CallAsync<List<string>>("what_was_kept"))[^1]);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_item_that_is_too_large_names_the_setting()
    {
        Rig rig = await StartAsync(static p => p.Call.MaxMessage = MemorySize.FromKiB(64));

        (int items, Exception? error) = await ReadAsync(rig, "yields_too_much", 100_000);

        Assert.Equal(1, items);
        Assert.Contains("Call.MaxMessage", Assert.IsType<ToolException>(error).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task A_generator_without_end_cannot_be_collected_and_the_error_names_the_way_out()
    {
        Rig rig = await StartAsync(static p => p.Call.MaxMessage = MemorySize.FromKiB(64));

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<List<int>>("count", int.MaxValue));

        Assert.Contains("StreamAsync", error.Message, StringComparison.Ordinal);
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Theory(Timeout = Bound)]
    [InlineData("fails_on_close", "ValueError: no close")]
    [InlineData("yields_on_close", "RuntimeError: generator ignored GeneratorExit")]
    public async Task A_generator_that_raises_when_it_is_left_is_logged_and_its_worker_goes_on(string tool, string told)
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");

        await TakeOneAsync(rig, tool);

        await rig.Log.FirstAsync(entry => entry.Text.Contains(told, StringComparison.Ordinal));
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_generator_that_does_not_end_when_it_is_left_costs_its_worker_after_the_grace()
    {
        Rig rig = await StartAsync(static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(50));
        int pid = await rig.CallAsync<int>("pid");

        await TakeOneAsync(rig, "stays_on_close");

        Assert.NotEqual(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task A_generator_that_is_left_cannot_ask_the_host_any_more()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");

        await TakeOneAsync(rig, "asks_on_close");

        Assert.Equal("Cancelled", (await rig.CallAsync<List<string>>("what_was_kept"))[^1]);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_iterator_that_raises_what_is_no_Exception_fails_its_call_alone()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");

        (int items, Exception? error) = await ReadAsync(rig, "an_iterator");

        Assert.Equal((0, "KeyboardInterrupt"), (items, Assert.IsType<ToolException>(error).Error.Type));
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task A_caller_that_never_reads_does_not_hold_up_the_end_of_the_pool()
    {
        Rig rig = await StartAsync(static p =>
            (p.Stop.Timeout, p.Stop.KillTimeout) = (TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(200)));
        IAsyncEnumerator<object> items = Stream(rig, "count", int.MaxValue).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync());

        await rig.Runtime.StopAsync(Cancellation);

        await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            while (await items.MoveNextAsync())
            {
                // what had come before
            }
        });
        await items.DisposeAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_that_is_cancelled_and_left_ends_once()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");
        using var source = new CancellationTokenSource();
        IAsyncEnumerator<int> items = rig.Pool
            .StreamAsync<int>("count", ToolArguments.Positional(int.MaxValue), null, source.Token)
            .GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync());

        await source.CancelAsync();
        await Task.WhenAll(items.DisposeAsync().AsTask(), source.CancelAsync());
        await items.DisposeAsync();

        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Theory(Timeout = Bound)]
    [InlineData("sends_out_of_order")]
    [InlineData("sends_an_item_of_another_call")]
    [InlineData("sends_a_frame_of_the_hosts", 23)] // ITEM
    [InlineData("sends_a_frame_of_the_hosts", 26)] // HOST_RESULT
    [Trait("Rule", "P4")]
    public async Task A_worker_that_breaks_the_rules_of_streams_is_ended_and_no_other(string tool, int? kind = null)
    {
        Rig rig = await StartAsync();

        (_, Exception? error) = await ReadAsync(rig, tool, kind is null ? [] : [kind]);

        Assert.Contains("broke the protocol", Assert.IsType<WorkerLostException>(error).Report!.Description, StringComparison.Ordinal);
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task A_worker_that_sends_more_items_than_it_may_is_ended_and_no_other()
    {
        Rig rig = await StartAsync();
        await using IAsyncEnumerator<object> items = Stream(rig, "sends_beyond_its_credit").GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());

        WorkerCrashedEvent crashed = await rig.NextAsync<WorkerCrashedEvent>(); // nothing is read meanwhile: each item lets it send more

        Assert.Contains("broke the protocol", crashed.Report.Description, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WorkerLostException>(async () =>
        {
            while (await items.MoveNextAsync())
            {
                // what had come before
            }
        });
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Theory(Timeout = Bound)]
    [InlineData("asks_for_too_many")]
    [InlineData("asks_for_a_stream_that_is_not_there")]
    [InlineData("asks_with_a_short_frame")]
    [Trait("Rule", "P4")]
    public async Task A_worker_that_breaks_the_rules_of_streams_among_arguments_is_ended_and_no_other(string tool)
    {
        Rig rig = await StartAsync();

        WorkerLostException lost = await Assert.ThrowsAsync<WorkerLostException>(
            () => rig.CallAsync<object>(tool, CountAsync(CancellationToken.None)));

        Assert.Contains("broke the protocol", lost.Report!.Description, StringComparison.Ordinal);
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task An_item_that_is_no_value_is_an_error_and_the_generator_ends()
    {
        Rig rig = await StartAsync();

        (int items, Exception? error) = await ReadAsync(rig, "sends_what_is_no_value");

        Assert.Equal(1, items);
        Assert.NotNull(error);
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P4")]
    public async Task An_item_that_comes_after_the_end_of_its_stream_reaches_nobody_and_ends_the_worker()
    {
        Rig rig = await StartAsync();

        Assert.Equal((3, null), await ReadAsync(rig, "sends_an_item_of_the_call_before"));
        (int items, Exception? error) = await ReadAsync(rig, "sends_an_item_of_the_call_before");

        Assert.Equal(0, items);
        Assert.Contains("broke the protocol", Assert.IsType<WorkerLostException>(error).Report!.Description, StringComparison.Ordinal);
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Theory(Timeout = Bound)]
    [InlineData("sends_items_for_one_reply")]
    [InlineData("asks_for_items_of_a_call_without_any")]
    [InlineData("stops_a_stream_that_is_not_there")]
    [InlineData("calls_the_host_with_what_is_no_value")]
    [Trait("Rule", "P4")]
    public async Task Frames_that_do_not_fit_their_call_harm_nobody_else(string tool)
    {
        Rig rig = await StartAsync(static p => p.Size = 2);

        Exception? error = await Record.ExceptionAsync(() => rig.CallAsync<int>(tool));

        Assert.True(error is null or WorkerLostException, error?.ToString());
        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));
    }

    [Theory(Timeout = Bound)]
    [InlineData(Fault.Begin)]
    [InlineData(Fault.Null)]
    [InlineData(Fault.Move)]
    [InlineData(Fault.Current)]
    [InlineData(Fault.Dispose)]
    [InlineData(Fault.Unsendable)]
    [InlineData(Fault.Large)]
    public async Task A_faulty_enumeration_is_an_error_in_Python(Fault fault)
    {
        Rig rig = await StartAsync(static p => p.Call.MaxMessage = MemorySize.FromKiB(64));
        int pid = await rig.CallAsync<int>("pid");

        List<object>? failure = await rig.CallAsync<List<object>?>("failure", new FaultyStream(fault));

        Assert.NotNull(failure);
        Assert.NotEqual("", Assert.IsType<string>(failure[1]));
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task A_callback_that_throws_when_the_enumeration_is_cancelled_does_not_end_the_host()
    {
        Rig rig = await StartAsync();
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        Assert.Equal(2, (await rig.CallAsync<int[]>("take", Items(CancellationToken.None), 2)).Length);
        await called.Task.WaitAsync(Cancellation);

        Assert.Equal([0, 1], await rig.CallAsync<List<int>>("count", 2));

        async IAsyncEnumerable<int> Items([EnumeratorCancellation] CancellationToken stop)
        {
            stop.Register(() =>
            {
                called.SetResult();
                throw new InvalidOperationException("the callback of a user");
            });
            await foreach (int item in CountAsync(stop))
            {
                yield return item;
            }
        }
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_stream_among_the_arguments_that_yields_nothing_ends_with_the_deadline_of_the_call()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");
        var limit = new ToolCallOptions { Timeout = TimeSpan.FromMilliseconds(200) };

        IAsyncEnumerable<int>[] sources = [SilentAsync(CancellationToken.None), CountAsync(CancellationToken.None)];
        foreach (IAsyncEnumerable<int> source in sources)
        {
            await Assert.ThrowsAsync<CallTimeoutException>(
                async () => await rig.Pool.ExecuteAsync<int>("total", ToolArguments.Positional(source), limit, Cancellation));
        }

        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_enumeration_that_ignores_its_token_holds_up_nobody()
    {
        Rig rig = await StartAsync();
        int pid = await rig.CallAsync<int>("pid");
        using var source = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource();

        ValueTask<int> call = rig.Pool.ExecuteAsync<int>("total", ToolArguments.Positional(DeafAsync()), null, source.Token);
        await begun.Task.WaitAsync(Cancellation);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
        end.SetResult();

        async IAsyncEnumerable<int> DeafAsync() // whatever its caller wants
        {
            begun.SetResult();
            await end.Task;
            yield return 1;
        }
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_belongs_to_the_thread_of_its_tool_and_may_be_left_alone()
    {
        Rig rig = await StartAsync();

        Assert.Equal("RuntimeError", await rig.CallAsync<string>("in_a_thread", CountAsync(CancellationToken.None)));
        Assert.Equal(1, await rig.CallAsync<int>("forgets", CountAsync(CancellationToken.None)));
    }

    private Task<Rig> StartAsync(Action<PoolOptions>? configure = null) => StartAsync("lives.py", p =>
    {
        p.Tools.Add("lookup", static (string key) => key.Length);
        configure?.Invoke(p);
    });

    private static IAsyncEnumerable<object> Stream(Rig rig, string tool, params object[] arguments) =>
        rig.Pool.StreamAsync<object>(tool, ToolArguments.FromList(arguments), null, Cancellation);

    private static async Task TakeOneAsync(Rig rig, string tool)
    {
        await foreach (object _ in Stream(rig, tool))
        {
            break;
        }
    }

    private static async Task<(int Items, Exception? Error)> ReadAsync(Rig rig, string tool, params object[] arguments)
    {
        int items = 0;
        Exception? error = await Record.ExceptionAsync(async () =>
        {
            await foreach (object _ in Stream(rig, tool, arguments))
            {
                items++;
            }
        });
        return (items, error);
    }

    private static async IAsyncEnumerable<int> CountAsync([EnumeratorCancellation] CancellationToken stop)
    {
        for (int i = 0; ; i++)
        {
            yield return i;
            await Task.Yield();
            stop.ThrowIfCancellationRequested();
        }
    }

    private static async IAsyncEnumerable<int> SilentAsync([EnumeratorCancellation] CancellationToken stop)
    {
        await new TaskCompletionSource().Task.WaitAsync(stop);
        yield break;
    }

    public enum Fault
    {
        Begin,
        Null,
        Move,
        Current,
        Dispose,
        Unsendable,
        Large,
    }

    private sealed class FaultyStream(Fault fault) : IAsyncEnumerable<object>, IAsyncEnumerator<object>
    {
        private int _taken;

        public object Current => fault switch
        {
            Fault.Current => throw new FormatException("no item"),
            Fault.Unsendable => new Cycle(),
            Fault.Large => new string('x', 100_000),
            _ => _taken,
        };

        public IAsyncEnumerator<object> GetAsyncEnumerator(CancellationToken cancellationToken = default) => fault switch
        {
            Fault.Begin => throw new FormatException("no begin"),
            Fault.Null => null!,
            _ => this,
        };

        public ValueTask<bool> MoveNextAsync() =>
            fault == Fault.Move && _taken == 1 ? throw new FormatException("no move") : new(_taken++ < 2);

        public ValueTask DisposeAsync() => fault == Fault.Dispose ? throw new FormatException("no end") : default;
    }

    private sealed class Cycle
    {
        public Cycle Self => this;
    }
}
