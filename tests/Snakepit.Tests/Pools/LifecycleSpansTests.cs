using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Calls;
using Snakepit.Pools;
using Snakepit.Telemetry;
using Snakepit.Tests.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>The spans of workers.</summary>
[Collection(nameof(SpanListeners))]
public sealed class LifecycleSpansTests : IDisposable
{
    private readonly string _pool = $"pool-{Guid.NewGuid():N}"; // a listener gets the spans of all tests
    private readonly FakeTimeProvider _time = new();
    private readonly RecordQueue _later = new("Spans", static _ => { });
    private readonly ConcurrentQueue<Activity> _spans = [];
    private readonly ActivityListener _listener;
    private readonly LifecycleSpans _lifecycle;

    public LifecycleSpansTests()
    {
        _lifecycle = new LifecycleSpans(_pool, _time, _later);
        _listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == TelemetryNames.ActivitySource,
            Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (span.GetTagItem("snakepit.pool") is string pool && pool == _pool)
                {
                    _spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task A_start_is_a_span_without_a_parent()
    {
        using Activity current = new Activity("something").Start();
        Wait(5);
        _lifecycle.Ready(3, TimeSpan.FromSeconds(2));
        _lifecycle.StartFailed(4, TimeSpan.FromSeconds(1), new AdapterLoadException("no torch"));

        Activity[] spans = await ReadAsync();

        Assert.All(spans, static span => Assert.Equal(("snakepit.worker.start", null), (span.OperationName, span.ParentId)));
        Assert.Equal((TimeSpan.FromSeconds(2), ActivityStatusCode.Unset), (spans[0].Duration, spans[0].Status));
        Assert.Equal(3, spans[0].GetTagItem("snakepit.slot"));
        Assert.Equal(_time.GetUtcNow().UtcDateTime, spans[0].StartTimeUtc + spans[0].Duration);
        Assert.Equal(
            (ActivityStatusCode.Error, "no torch", "Snakepit.AdapterLoadException"),
            (spans[1].Status, spans[1].StatusDescription, spans[1].GetTagItem("error.type")));
    }

    [Fact]
    public async Task A_replacement_that_starts_first_lasts_from_its_start_to_the_old_workers_end()
    {
        _lifecycle.Started(0);
        Wait(2);
        _lifecycle.Ready(0, TimeSpan.FromSeconds(2));
        _lifecycle.Draining(0);
        Wait(3);
        _lifecycle.Ended(0, RecycleReason.TtlExpired, hasReplacement: true);

        Activity recycle = (await ReadAsync())[1];

        Assert.Equal(("snakepit.worker.recycle", TimeSpan.FromSeconds(5)), (recycle.OperationName, recycle.Duration));
        Assert.Equal(("ttl_expired", 0), (recycle.GetTagItem("snakepit.reason"), recycle.GetTagItem("snakepit.slot")));
    }

    [Fact]
    public async Task A_replacement_that_stops_first_lasts_until_the_new_worker_is_ready_and_links_the_calls_that_waited()
    {
        using Activity before = new Activity("before").Start();
        Dequeue(before);
        Wait(1);
        _lifecycle.Draining(0);
        Wait(2);
        _lifecycle.Ended(0, RecycleReason.MaxRequests, hasReplacement: false);
        Assert.Empty(await ReadAsync());
        _lifecycle.Started(0);
        Wait(4);
        using Activity waited = new Activity("waited").Start();
        Dequeue(waited);
        _lifecycle.Ready(0, TimeSpan.FromSeconds(4));

        Activity recycle = (await ReadAsync())[1];

        Assert.Equal(TimeSpan.FromSeconds(6), recycle.Duration);
        Assert.Equal([waited.SpanId], recycle.Links.Select(static link => link.Context.SpanId));
    }

    [Fact]
    public async Task A_death_begins_a_replacement_and_a_worker_that_is_not_replaced_ends_one_at_once()
    {
        _lifecycle.Ended(0, RecycleReason.WorkerDied, hasReplacement: false);
        Wait(1);
        _lifecycle.Ready(0, TimeSpan.FromSeconds(1));
        _lifecycle.Draining(1);
        Wait(2);
        _lifecycle.Ended(1, RecycleReason.Idle, hasReplacement: false);

        Activity[] recycles = [.. (await ReadAsync()).Where(static span => span.OperationName == "snakepit.worker.recycle")];

        Assert.Equal(
            [("worker_died", 1.0), ("idle", 2.0)],
            recycles.Select(static span => ((string)span.GetTagItem("snakepit.reason")!, span.Duration.TotalSeconds)));
    }

    [Fact]
    public async Task At_most_64_calls_are_linked_the_last_ones()
    {
        _lifecycle.Draining(0);
        Activity[] calls = [.. Enumerable.Range(0, 300).Select(static i => new Activity($"call {i}").Start())];
        foreach (Activity call in calls)
        {
            Wait(1);
            Dequeue(call);
            call.Stop();
        }
        _lifecycle.Ended(0, RecycleReason.Idle, hasReplacement: false);

        Activity recycle = Assert.Single(await ReadAsync());

        Assert.Equal(calls.Reverse().Take(64).Select(static call => call.SpanId), recycle.Links.Select(static link => link.Context.SpanId));
    }

    private void Wait(int seconds) => _time.Advance(TimeSpan.FromSeconds(seconds));

    private void Dequeue(Activity span)
    {
        var call = new UnaryCall();
        long now = _time.GetTimestamp();
        call.Begin(new CallRequest("add", TimeSpan.Zero, now, long.MaxValue, default, Span: span));
        call.DequeuedAt = now;
        _lifecycle.Dequeued(call);
    }

    private async Task<Activity[]> ReadAsync()
    {
        await _later.WhenWritten();
        return [.. _spans];
    }
}
