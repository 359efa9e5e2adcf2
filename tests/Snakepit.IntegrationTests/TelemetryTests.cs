using System.Diagnostics;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests traces that go through Python, and what tools tell with <c>ctx.telemetry</c>.</summary>
public sealed class TelemetryTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(WorkerProfile.Process)]
    [InlineData(WorkerProfile.Thread)]
    public async Task Trace_context_of_the_call_reaches_python(WorkerProfile profile)
    {
        Rig rig = await StartAsync("telemetry.py", p => p.Profile = profile);
        Assert.Null(await rig.CallAsync<string?>("trace"));
        using SpanRecorder spans = new();

        string? plain = await rig.CallAsync<string?>("trace");
        string? later = await rig.CallAsync<string?>("trace_later");

        Assert.Equal([plain, later], spans.Named("snakepit.call").Select(static span => span.Id));
        Assert.All([plain, later], text => Assert.Equal(spans.Caller.TraceId, ActivityContext.Parse(text!, null).TraceId));
    }

    [Fact(Timeout = Bound)]
    public async Task Streams_that_python_reads_and_writes_belong_to_the_trace_of_their_call()
    {
        Rig rig = await StartAsync("telemetry.py");
        using SpanRecorder spans = new();

        string[] read = await rig.CallAsync<string[]>("trace_of_items", ItemsAsync());

        Assert.Equal(2, read.Length);
        Assert.Equal(read[0], read[1]);

        static async IAsyncEnumerable<string?> ItemsAsync()
        {
            await Task.Yield();
            yield return Activity.Current?.Id;
        }
    }

    [Fact(Timeout = Bound)]
    public async Task A_host_tool_is_below_the_span_in_python_that_calls_it()
    {
        Rig rig = await StartAsync(
            "telemetry.py", static p => p.Tools.Add("here", static () => Activity.Current!.TraceId.ToHexString()));
        using SpanRecorder spans = new();
        string own = $"{spans.Caller.TraceId}-00000000000000ab";

        Assert.Equal(spans.Caller.TraceId.ToHexString(), await rig.CallAsync<string>("ask"));
        Assert.Equal(spans.Caller.TraceId.ToHexString(), await rig.CallAsync<string>("ask", own));

        Assert.Equal(
            [spans.Named("snakepit.call")[0].SpanId.ToHexString(), "00000000000000ab"],
            spans.Named("snakepit.host_tool").Select(static span => span.ParentSpanId.ToHexString()));
    }

    [Theory(Timeout = Bound)]
    [InlineData(WorkerProfile.Process)]
    [InlineData(WorkerProfile.Thread)]
    public async Task Measurements_events_and_spans_of_a_tool_arrive(WorkerProfile profile)
    {
        using MeterRecorder meters = new();
        Rig rig = await StartAsync("telemetry.py", p => p.Profile = profile, s => s.MeterFactory = meters.Factory);
        using SpanRecorder spans = new();

        Assert.Equal(3, await rig.CallAsync<int>("summarise", (object)(string[])["one two", "", "three"]));
        PythonEvent happened = await rig.NextAsync<PythonEvent>();
        Activity span = await spans.NextAsync("app.summarise");
        await rig.DisposeAsync(); // everything was told by then

        Assert.Equal(("app.empty_text", rig.Events.All.OfType<WorkerReadyEvent>().First().Worker), (happened.Name, happened.Worker));
        Assert.Equal(spans.Named("snakepit.call")[0].SpanId, span.ParentSpanId);
        Assert.Equal((3L, 3L, "it"), (span.GetTagItem("texts"), span.GetTagItem("words"), span.GetTagItem("snakepit.pool")));
        Assert.Equal(span.ParentSpanId, spans.Named("app.empty_text")[0].ParentSpanId);
        Assert.Equal(["1 language=en pool=it", "1 language=en pool=it", "1 language=en pool=it"], meters.Told("app.texts"));
        Assert.Equal(["2 pool=it", "0 pool=it", "1 pool=it"], meters.Told("app.words"));
    }

    [Fact(Timeout = Bound)]
    public async Task Filters_and_limits_of_the_options_are_in_force()
    {
        using MeterRecorder meters = new();
        Rig rig = await StartAsync(
            "telemetry.py",
            static p =>
            {
                p.Telemetry.Exclude.Add("app.hits");
                p.Telemetry.MaxSeries = 3;
            },
            s => s.MeterFactory = meters.Factory);

        await rig.CallAsync<object?>("count", 5);
        await rig.CallAsync<object?>("count", 2, "app.other");
        await rig.CallAsync<object?>("count_keys", 5);
        await rig.DisposeAsync();

        Assert.Empty(meters.Told("app.hits"));
        Assert.Equal(2, meters.Told("app.other").Length);
        Assert.Equal(["1 key=0 pool=it", "1 key=1 pool=it", "1 key=2 pool=it"], meters.Told("app.by_key"));
        Assert.Equal(["1 pool=it reason=series_limit", "1 pool=it reason=series_limit"], meters.Told(TelemetryNames.PythonDropped));
        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.MeasurementsRefused);
    }

    /// <summary>Deaths must not make a counter fall, nor add a series.</summary>
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    public async Task Counters_are_monotone_and_series_constant_through_kills()
    {
        using MeterRecorder meters = new();
        Rig rig = await StartAsync(
            "telemetry.py",
            static p =>
            {
                (p.Restart.InitialBackoff, p.Crash.QuarantineAfter) = (TimeSpan.FromMilliseconds(1), null);
                p.Restart.Window = TimeSpan.FromSeconds(1);
            },
            s => s.MeterFactory = meters.Factory);
        Dictionary<string, double> before = [];
        List<int> series = [];

        for (int kill = 0; kill < 10; kill++)
        {
            await rig.CallAsync<long>("burn", 300_000);
            Compare();
            WorkerSnapshot worker = rig.OnlyWorker();
            await Assert.ThrowsAsync<WorkerLostException>(() => rig.CallAsync<object?>("die"));
            Compare();
            await rig.NextAsync<WorkerReadyEvent>(ready => ready.Worker.Generation > worker.Id.Generation);
            series.Add(Compare());
        }

        double used = before["process.cpu.time pool=it slot=0"];
        Assert.True(used > 0.1, $"{used} s were told.");
        Assert.Single(series.Skip(1).Distinct());

        int Compare()
        {
            (Dictionary<string, double> counters, int count) = meters.Observe();
            foreach ((string one, double value) in counters)
            {
                Assert.True(value >= before.GetValueOrDefault(one), $"{one} fell from {before.GetValueOrDefault(one)} to {value}.");
            }
            before = counters;
            return count;
        }
    }

    /// <summary>Records the spans of Snakepit below a span of the test.</summary>
    private sealed class SpanRecorder : IDisposable
    {
        private readonly Recorder<Activity> _spans = new();
        private readonly ActivityListener _listener;

        public SpanRecorder()
        {
            Caller = new Activity("caller").Start();
            _listener = new ActivityListener
            {
                ShouldListenTo = static source => source.Name == "Snakepit",
                Sample = static (ref _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (span.TraceId == Caller.TraceId)
                    {
                        _spans.Add(span);
                    }
                },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public Activity Caller { get; }

        public Activity[] Named(string name) => [.. _spans.All.Where(span => span.OperationName == name)];

        public Task<Activity> NextAsync(string name) => _spans.FirstAsync(span => span.OperationName == name);

        public void Dispose()
        {
            _listener.Dispose();
            Caller.Dispose();
        }
    }
}
