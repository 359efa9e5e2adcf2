using System.Diagnostics;
using Snakepit.Telemetry;
using Snakepit.Tests.Telemetry;

namespace Snakepit.Tests.Pools;

/// <summary>Calls as spans.</summary>
[Collection(nameof(SpanListeners))]
[Trait("Rule", "A6")]
public sealed class PoolTracingTests
{
    [Fact]
    public async Task A_call_is_a_span_below_its_callers()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using Recording recording = new();

        await fixture.AddAsync();

        Activity span = Assert.Single(recording.Spans);
        Assert.Equal(recording.Caller.SpanId, span.ParentSpanId);
        Assert.Equal(
            ("text/add", "text", "text/add", "ok"),
            (span.DisplayName, span.GetTagItem("snakepit.pool"), span.GetTagItem("rpc.method"), span.GetTagItem("snakepit.outcome")));
        Assert.Same(recording.Caller, Activity.Current);
    }

    [Fact]
    public async Task A_span_ends_with_the_call_and_tells_its_outcome()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Queue.Limit = 0);
        using Recording recording = new();
        using var source = new CancellationTokenSource();

        await Assert.ThrowsAsync<ToolException>(() => fixture.CallAsync("fail"));
        await Assert.ThrowsAsync<WorkerLostException>(() => fixture.CallAsync("die"));
        Task<int> cancelled = fixture.BeginFor(source);
        await Assert.ThrowsAsync<PoolSaturatedException>(() => fixture.Begin());
        Assert.Equal(3, recording.Spans.Count);
        source.Cancel();
        await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled);

        Assert.Equal(
            [
                ("tool_error", ActivityStatusCode.Error, "Tool 'fail' on worker text/0#1 raised KeyError: 'x'"),
                ("worker_lost", ActivityStatusCode.Error, null),
                ("rejected", ActivityStatusCode.Error, null),
                ("cancelled", ActivityStatusCode.Unset, null),
            ],
            recording.Spans.Select(
                static span => (
                    span.GetTagItem("snakepit.outcome"),
                    span.Status,
                    span.GetTagItem("snakepit.outcome") is "tool_error" ? span.StatusDescription : null)));
    }

    [Fact]
    public async Task Wait_for_a_worker_is_a_span_below_the_call()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using Recording recording = new();
        Task<int> first = fixture.Begin();
        Task<int> second = fixture.AddAsync();

        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        fixture.NextSlow().Return(1);
        await Task.WhenAll(first, second);

        Activity wait = Assert.Single(recording.Spans, static span => span.OperationName == "snakepit.queue.wait");
        Activity call = recording.Spans.Single(static span => span.GetTagItem("rpc.method") is "text/add");
        Assert.Equal((call.SpanId, TimeSpan.FromSeconds(2)), (wait.ParentSpanId, wait.Duration));
    }

    [Fact]
    public async Task A_mistake_of_the_caller_ends_its_span_without_an_outcome()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        using Recording recording = new();

        await Assert.ThrowsAsync<ArgumentException>(() => fixture.CallAsync("add", ToolArguments.Positional(new IntPtr(1))));

        Activity span = Assert.Single(recording.Spans);
        Assert.Equal((null, ActivityStatusCode.Error, true), (span.GetTagItem("snakepit.outcome"), span.Status, span.IsStopped));
    }

    /// <summary>Records the spans below a span of this test; other tests run in parallel.</summary>
    private sealed class Recording : IDisposable
    {
        private readonly ActivityListener _listener;

        public Recording()
        {
            Caller = new Activity("caller").Start();
            _listener = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == TelemetryNames.ActivitySource,
                Sample = static (ref _) => ActivitySamplingResult.AllData,
                ActivityStopped = span =>
                {
                    if (span.TraceId == Caller.TraceId)
                    {
                        Spans.Add(span);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity Caller { get; }

        public List<Activity> Spans { get; } = [];

        public void Dispose()
        {
            _listener.Dispose();
            Caller.Dispose();
        }
    }
}
