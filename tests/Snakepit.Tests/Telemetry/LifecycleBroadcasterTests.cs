using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

public sealed class LifecycleBroadcasterTests
{
    private static readonly CancellationToken s_cancel = TestContext.Current.CancellationToken;

    private readonly LifecycleBroadcaster _events = new();

    [Fact]
    public void Event_as_text_has_its_time_in_iso_8601()
    {
        var scaled = new PoolScaledEvent
        {
            Pool = "text", At = DateTimeOffset.UnixEpoch, From = 1, To = 2, Reason = ScaleReason.QueueDelay,
        };

        Assert.Equal(
            "PoolScaledEvent { Pool = text, At = 1970-01-01T00:00:00.0000000+00:00, Dropped = 0, From = 1, To = 2, Reason = QueueDelay }",
            scaled.ToString());
    }

    [Fact]
    public async Task Watch_begins_when_it_is_called()
    {
        IAsyncEnumerable<LifecycleEvent> watch = _events.WatchAsync(s_cancel);
        Publish(1, 2);
        _events.Complete();

        Assert.Equal([1, 2], await ReadAsync(watch));
    }

    [Fact]
    public async Task Watch_twice_both_get_everything()
    {
        IAsyncEnumerable<LifecycleEvent> first = _events.WatchAsync(s_cancel);
        Publish(1);
        IAsyncEnumerable<LifecycleEvent> second = _events.WatchAsync(s_cancel);
        Publish(2);
        _events.Complete();

        Assert.Equal([1, 2], await ReadAsync(first));
        Assert.Equal([2], await ReadAsync(second));
    }

    [Fact]
    public async Task Publish_to_a_slow_watcher_drops_the_oldest_and_counts_them_once()
    {
        IAsyncEnumerable<LifecycleEvent> watch = _events.WatchAsync(s_cancel);
        Publish([.. Enumerable.Range(0, 1_027)]);
        _events.Complete();

        List<LifecycleEvent> read = await watch.ToListAsync(s_cancel);

        Assert.Equal(1_024, read.Count);
        Assert.Equal((3, 3L), (Number(read[0]), read[0].Dropped));
        Assert.All(read.Skip(1), static later => Assert.Equal(0, later.Dropped));
    }

    [Fact]
    public async Task Publish_with_a_slow_watcher_costs_the_others_nothing()
    {
        IAsyncEnumerable<LifecycleEvent> slow = _events.WatchAsync(s_cancel);
        await using IAsyncEnumerator<LifecycleEvent> quick = _events.WatchAsync(s_cancel).GetAsyncEnumerator(s_cancel);

        for (int i = 0; i < 2_000; i++)
        {
            Publish(i);
            Assert.True(await quick.MoveNextAsync());
            Assert.Equal((i, 0L), (Number(quick.Current), quick.Current.Dropped));
        }
        _events.Complete();
        Assert.Equal(1_024, (await ReadAsync(slow)).Count);
    }

    [Fact]
    public async Task Watch_left_early_is_forgotten()
    {
        IAsyncEnumerable<LifecycleEvent> watch = _events.WatchAsync(s_cancel);
        Publish(1);
        Assert.True(_events.HasWatchers);

        await foreach (LifecycleEvent _ in watch)
        {
            break;
        }

        Assert.False(_events.HasWatchers);
    }

    [Fact]
    public async Task Watch_cancelled_throws_and_is_forgotten()
    {
        using CancellationTokenSource source = new();
        Task<List<int>> reading = ReadAsync(_events.WatchAsync(source.Token));

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.False(_events.HasWatchers);
    }

    [Fact]
    public async Task Watch_waiting_is_ended_by_completion()
    {
        Task<List<int>> reading = ReadAsync(_events.WatchAsync(s_cancel));

        _events.Complete();

        Assert.Empty(await reading);
    }

    [Fact]
    public async Task Watch_after_completion_ends_at_once()
    {
        _events.Complete();

        Assert.Empty(await ReadAsync(_events.WatchAsync(s_cancel)));
        Assert.False(_events.HasWatchers);
    }

    [Fact]
    public void Publish_without_watchers_allocates_nothing()
    {
        PoolSaturatedEvent happened = Event(1);
        _events.Publish(happened);

        Assert.Equal(0, Allocations.Of(() => _events.Publish(happened)));
    }

    private static PoolSaturatedEvent Event(int number) => new() { Pool = "text", At = default, QueueLength = number, Limit = 1 };

    private static int Number(LifecycleEvent happened) => Assert.IsType<PoolSaturatedEvent>(happened).QueueLength;

    private static async Task<List<int>> ReadAsync(IAsyncEnumerable<LifecycleEvent> watch) =>
        await watch.Select(Number).ToListAsync(CancellationToken.None);

    private void Publish(params int[] numbers)
    {
        foreach (int number in numbers)
        {
            _events.Publish(Event(number));
        }
    }
}
