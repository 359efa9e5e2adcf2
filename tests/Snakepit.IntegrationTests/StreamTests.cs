using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests streams of Python generators.</summary>
public sealed class StreamTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData("count")]
    [InlineData("count_async")]
    public async Task Items_come_in_order(string tool)
    {
        Rig rig = await StartAsync("streams.py");

        Assert.Equal(Enumerable.Range(0, 20_000), await Stream<int>(rig, tool, 20_000).ToListAsync(Cancellation));
        Assert.Equal([0, 1, 2], await rig.CallAsync<List<int>>(tool, 3));
        Assert.Equal([1, 2, 3], await Stream<int>(rig, "a_list").ToListAsync(Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Large_items_come_whole()
    {
        Rig rig = await StartAsync("streams.py");
        int next = 0;

        await foreach (string text in Stream<string>(rig, "texts", 300_000, 40))
        {
            Assert.Equal(next++.ToString("d300000", null), text);
        }

        Assert.Equal(40, next);
    }

    [Fact(Timeout = Bound)]
    public async Task A_caller_that_reads_slowly_holds_the_generator_back()
    {
        Rig rig = await StartAsync("streams.py", static p => p.Size = 1);
        await using (IAsyncEnumerator<int> items = Stream<int>(rig, "count", 1_000_000).GetAsyncEnumerator(Cancellation))
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.True(await items.MoveNextAsync());
            }
        }

        List<object> seen = await rig.CallAsync<List<object>>("what_was_seen");
        Assert.InRange(seen.Count, 3, 100);
        Assert.Equal(["exit", "finally"], seen.TakeLast(2));
    }

    [Theory(Timeout = Bound)]
    [InlineData("count", WorkerProfile.Process)]
    [InlineData("count_async", WorkerProfile.Process)]
    [InlineData("count", WorkerProfile.Thread)]
    public async Task The_time_that_a_generator_was_held_back_is_measured(string tool, WorkerProfile profile)
    {
        using var listener = new MeterListener();
        var blocked = new List<double>();
        listener.InstrumentPublished = (instrument, its) =>
        {
            if (instrument.Name == TelemetryNames.StreamBlocked)
            {
                its.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => blocked.Add(seconds));
        listener.Start();
        Rig rig = await StartAsync("streams.py", p => (p.Size, p.Profile) = (2, profile));

        long began = Stopwatch.GetTimestamp();
        await foreach (int item in Stream<int>(rig, tool, 100))
        {
            await rig.CallAsync<int>("pid"); // takes longer than the generator needs for the next item
        }

        Assert.InRange(Assert.Single(blocked), double.Epsilon, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    [Fact(Timeout = Bound)]
    public async Task Leaving_the_loop_runs_finally_and_the_same_worker_serves_on()
    {
        Rig rig = await StartAsync("streams.py");
        int pid = await rig.CallAsync<int>("pid");

        foreach (string tool in (string[])["count", "count_async"])
        {
            await foreach (int item in Stream<int>(rig, tool, int.MaxValue))
            {
                if (item == 5_000)
                {
                    break;
                }
            }
            Assert.Equal("finally", (await rig.CallAsync<List<object>>("what_was_seen"))[^1]);
        }

        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    [Fact(Timeout = Bound)]
    public async Task An_error_comes_after_the_items_before_it()
    {
        Rig rig = await StartAsync("streams.py");
        (List<int> items, Exception? error) = await ReadAsync<int>(rig, "fails_at", 3);

        Assert.Equal([0, 1, 2], items);
        Assert.Contains("no item 3", Assert.IsType<ToolException>(error).Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task A_death_comes_after_the_items_that_were_complete()
    {
        Rig rig = await StartAsync("streams.py");
        (List<int> items, Exception? error) = await ReadAsync<int>(rig, "dies_at", 500);

        WorkerLostException lost = Assert.IsType<WorkerLostException>(error);
        Assert.Equal((items.Count, CallExecution.MayHaveRun), ((int)lost.Items, lost.Execution));
        Assert.Equal(Enumerable.Range(0, 500), items);
        Assert.Single(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task An_item_on_the_page_is_found_when_no_more_come()
    {
        Assert.SkipWhen(TransportMode.IsPortable, "Nothing is held back without a page.");
        Rig rig = await StartAsync("streams.py");
        Gate gate = NewGate();
        await using IAsyncEnumerator<string> items = Stream<string>(rig, "holds_back", gate.Path).GetAsyncEnumerator(Cancellation);

        Assert.True(await items.MoveNextAsync());
        Assert.True(await items.MoveNextAsync());
        Assert.Equal("held", items.Current);
        gate.Release();
        Assert.False(await items.MoveNextAsync());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L3")]
    public async Task An_item_on_the_page_survives_its_worker()
    {
        Assert.SkipWhen(TransportMode.IsPortable, "Nothing is held back without a page.");
        Rig rig = await StartAsync("streams.py");

        (List<string> items, Exception? error) = await ReadAsync<string>(rig, "dies_with_one_held");

        Assert.Equal(["first", "held"], items);
        Assert.Equal(2, Assert.IsType<WorkerLostException>(error).Items);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Recycling_waits_for_a_stream()
    {
        Rig rig = await StartAsync("streams.py");
        Gate gate = NewGate();
        await using IAsyncEnumerator<object> items = Stream<object>(rig, "waits", gate.Path).GetAsyncEnumerator(Cancellation);
        Assert.True(await items.MoveNextAsync());
        long pid = Convert.ToInt64(items.Current, null);

        Task<RecycleReport> recycle = rig.Pool.RecycleAsync(cancellationToken: Cancellation);
        await rig.NextAsync<WorkerDrainingEvent>();
        Assert.NotEqual(pid, await rig.CallAsync<long>("pid"));
        gate.Release();

        Assert.True(await items.MoveNextAsync());
        Assert.Equal("on", items.Current);
        Assert.False(await items.MoveNextAsync());
        Assert.Equal(SlotRecycleOutcome.Replaced, Assert.Single((await recycle).Slots).Outcome);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_silent_stream_is_cancelled_and_its_worker_replaced_when_it_does_not_let_go()
    {
        Rig rig = await StartAsync("streams.py", static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(50));
        using var source = new CancellationTokenSource();
        await using IAsyncEnumerator<int> items = rig.Pool
            .StreamAsync<int>("silent", default(ToolArguments), null, source.Token).GetAsyncEnumerator(CancellationToken.None);
        Assert.True(await items.MoveNextAsync());

        ValueTask<bool> next = items.MoveNextAsync();
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await next);
        Assert.True(await rig.CallAsync<int>("pid") > 0);
    }

    [Fact(Timeout = Bound)]
    public async Task Streams_and_calls_share_workers()
    {
        Rig rig = await StartAsync("streams.py", static p => p.Size = 2);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            if (i % 2 == 0)
            {
                Assert.Equal(2_000, await Stream<int>(rig, "count", 2_000).CountAsync(Cancellation));
            }
            else
            {
                for (int call = 0; call < 100; call++)
                {
                    Assert.True(await rig.CallAsync<int>("pid") > 0);
                }
            }
        }));
    }

    [Theory(Timeout = Bound)]
    [InlineData("total")]
    [InlineData("total_async")]
    public async Task A_stream_among_the_arguments_is_an_iterator(string tool)
    {
        Rig rig = await StartAsync("streams.py");

        Assert.Equal(49_995_000, await rig.CallAsync<int>(tool, CountAsync(10_000)));
        Assert.Equal(3, await rig.Pool.ExecuteAsync<int>(tool, new { numbers = CountAsync(3) }, cancellationToken: Cancellation));
        Assert.Equal(0, await rig.Pool.ExecuteAsync<int>(
            tool, ToolArguments.Named(("numbers", AsyncEnumerable.Empty<object>())), cancellationToken: Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task Streams_go_both_ways_at_once()
    {
        Rig rig = await StartAsync("streams.py");

        Assert.Equal(
            Enumerable.Range(0, 5_000).Select(static i => 2 * i),
            await Stream<int>(rig, "doubled", CountAsync(5_000)).ToListAsync(Cancellation));
        Assert.Equal(3, (await rig.CallAsync<List<object>>("zipped", CountAsync(3), CountAsync(10))).Count);
    }

    [Fact(Timeout = Bound)]
    public async Task A_tool_that_takes_few_items_holds_the_stream_back_and_ends_it()
    {
        var source = new Source();
        Rig rig = await StartAsync("streams.py");

        Assert.Equal(new[] { 0, 1, 2 }, await rig.CallAsync<int[]>("first", source.CountAsync(CancellationToken.None), 3));
        await source.Ended.WaitAsync(Cancellation);
        Assert.InRange(source.Produced, 3, 100);

        var closed = new Source();
        Assert.Equal(new[] { 0, 1 }, await rig.CallAsync<int[]>("close_after", closed.CountAsync(CancellationToken.None), 2));
        await closed.Ended.WaitAsync(Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_that_throws_is_an_error_in_python()
    {
        Rig rig = await StartAsync("streams.py");

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("total", FailAsync()));

        Assert.True(error.Error.Is("HostToolError"));
        Assert.Contains("FormatException: no luck", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, await rig.CallAsync<int>("total", CountAsync(3)));
    }

    [Fact(Timeout = Bound)]
    public async Task A_stream_of_an_earlier_call_is_over()
    {
        Rig rig = await StartAsync("streams.py");
        await rig.Pool.ExecuteAsync("keep", ToolArguments.Positional(CountAsync(3)), null, Cancellation);

        ToolException error = await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<int>("use_kept"));

        Assert.Contains("RuntimeError", error.Message, StringComparison.Ordinal);
        Assert.True(await rig.CallAsync<int>("pid") > 0);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L5")]
    public async Task A_caller_that_gives_up_frees_a_worker_that_waits_for_an_item()
    {
        Rig rig = await StartAsync("streams.py");
        int pid = await rig.CallAsync<int>("pid");
        var source = new Source { Gate = new TaskCompletionSource() };
        using var cancel = new CancellationTokenSource();

        ToolArguments arguments = ToolArguments.Positional(source.CountAsync(CancellationToken.None));
        ValueTask<int> call = rig.Pool.ExecuteAsync<int>("total", arguments, null, cancel.Token);
        await source.Begun.WaitAsync(Cancellation);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        await source.Ended.WaitAsync(Cancellation);
        Assert.Equal(pid, await rig.CallAsync<int>("pid"));
    }

    private static async IAsyncEnumerable<int> CountAsync(int to)
    {
        for (int i = 0; i < to; i++)
        {
            yield return i;
        }
        await Task.Yield();
    }

    private static async IAsyncEnumerable<int> FailAsync()
    {
        yield return 1;
        await Task.Yield();
        throw new FormatException("no luck");
    }

    private static IAsyncEnumerable<T> Stream<T>(Rig rig, string tool, params object?[] arguments) =>
        rig.Pool.StreamAsync<T>(tool, ToolArguments.FromList(arguments), null, Cancellation);

    private static async Task<(List<T> Items, Exception? Error)> ReadAsync<T>(Rig rig, string tool, params object?[] arguments)
    {
        var items = new List<T>();
        Exception? error = await Record.ExceptionAsync(async () =>
        {
            await foreach (T item in Stream<T>(rig, tool, arguments))
            {
                items.Add(item);
            }
        });
        return (items, error);
    }

    private sealed class Source
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _produced;

        public TaskCompletionSource? Gate { get; init; }

        public Task Begun => _begun.Task;

        public Task Ended => _ended.Task;

        public int Produced => Volatile.Read(ref _produced);

        public async IAsyncEnumerable<int> CountAsync([EnumeratorCancellation] CancellationToken cancellation = default)
        {
            try
            {
                while (true)
                {
                    _begun.TrySetResult();
                    await (Gate?.Task ?? Task.CompletedTask).WaitAsync(cancellation);
                    yield return _produced++;
                }
            }
            finally
            {
                _ended.SetResult();
            }
        }
    }
}
