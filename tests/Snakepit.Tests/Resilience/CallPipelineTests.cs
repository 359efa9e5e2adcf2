using Polly;
using Snakepit.Resilience;

namespace Snakepit.Tests.Resilience;

/// <summary>Retries and the circuit breaker around attempts with given outcomes.</summary>
public sealed class CallPipelineTests : ICallPipelineEvents
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private readonly SkippingTime _time = new();
    private readonly PoolOptions _options = new();
    private readonly List<TimeSpan> _attempts = [];
    private readonly List<string> _told = [];

    [Fact]
    public void Create_of_what_nothing_is_asked_of_is_nothing() => Assert.Null(CallPipeline.Create(_options, _time, this));

    [Fact]
    public async Task RunAsync_repeats_what_is_transient_until_it_succeeds()
    {
        _options.Retry.MaxRetries = 3;

        Outcome<int> outcome = await RunAsync(Lost(CallExecution.NotStarted), Saturated(), null);

        Assert.Equal(7, outcome.Result);
        Assert.Equal(["retry", "retry"], _told);
        Assert.Equal(2, _time.Waits.Count);
    }

    [Fact]
    public async Task RunAsync_gives_up_after_MaxRetries_with_the_last_failure()
    {
        _options.Retry.MaxRetries = 2;
        Exception last = Saturated();

        Outcome<int> outcome = await RunAsync(Saturated(), Saturated(), last, null);

        Assert.Same(last, outcome.Exception);
        Assert.Equal(3, _attempts.Count);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task RunAsync_repeats_what_may_have_run_only_when_it_is_idempotent(bool isIdempotent, int attempts)
    {
        _options.Retry.MaxRetries = 1;

        await RunAsync(Lost(CallExecution.MayHaveRun, isIdempotent), null);

        Assert.Equal(attempts, _attempts.Count);
    }

    [Fact]
    public async Task RunAsync_never_repeats_what_the_tool_raised()
    {
        _options.Retry.MaxRetries = 1;

        Outcome<int> outcome = await RunAsync(new InvalidOperationException(), null);

        Assert.IsType<InvalidOperationException>(outcome.Exception);
        Assert.Single(_attempts);
    }

    [Fact]
    public async Task RunAsync_attempts_share_the_time_of_the_call()
    {
        (_options.Retry.MaxRetries, _options.Retry.Delay, _options.Retry.MaxDelay) = (9, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));

        Outcome<int> outcome = await RunAsync([.. Enumerable.Range(0, 12).Select(static _ => Saturated())]);

        Assert.IsType<PoolSaturatedException>(outcome.Exception);
        Assert.InRange(_attempts.Count, 2, 8);
        Assert.Equal(s_minute, _attempts[0]);
        Assert.All(_attempts.Zip(_attempts.Skip(1)), static pair => Assert.True(pair.Second < pair.First));
        Assert.All(_attempts, static left => Assert.True(left > TimeSpan.Zero));
    }

    [Fact]
    public async Task RunAsync_an_attempt_may_have_a_limit_of_its_own()
    {
        (_options.Retry.MaxRetries, _options.Retry.AttemptTimeout) = (1, TimeSpan.FromSeconds(2));

        await RunAsync(Saturated(), null);

        Assert.Equal([TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)], _attempts);
    }

    [Fact]
    public async Task RunAsync_a_call_without_limit_has_attempts_without_limit()
    {
        _options.Retry.MaxRetries = 1;
        CallPipeline pipeline = CallPipeline.Create(_options, _time, this)!;

        await pipeline.RunAsync(Attempts([null]), Timeout.InfiniteTimeSpan, _time, CancellationToken.None);

        Assert.Equal([Timeout.InfiniteTimeSpan], _attempts);
    }

    [Fact]
    public async Task Breaker_opens_refuses_lets_one_through_and_closes()
    {
        (_options.Breaker.FailureRatio, _options.Breaker.MinimumCalls) = (0.5, 2);
        CallPipeline pipeline = CallPipeline.Create(_options, _time, this)!;
        async Task<Exception?> Call(Exception? end) =>
            (await pipeline.RunAsync(Attempts([end]), s_minute, _time, CancellationToken.None)).Exception;
        Assert.Equal(BreakerState.Closed, pipeline.Breaker);

        await Call(Lost(CallExecution.MayHaveRun));
        await Call(Lost(CallExecution.MayHaveRun));
        Assert.Equal(BreakerState.Open, pipeline.Breaker);
        Exception? refused = await Call(null);

        Assert.IsType<Polly.CircuitBreaker.BrokenCircuitException>(refused);
        Assert.Equal(2, _attempts.Count);
        _time.Advance(_options.Breaker.Duration);
        Assert.Null(await Call(null));
        Assert.Equal(BreakerState.Closed, pipeline.Breaker);
        Assert.Equal(["opened", "closed"], _told);
    }

    [Fact]
    public async Task Breaker_does_not_count_what_tools_raise_and_full_queues()
    {
        (_options.Breaker.FailureRatio, _options.Breaker.MinimumCalls) = (0.1, 2);
        CallPipeline pipeline = CallPipeline.Create(_options, _time, this)!;

        Exception[] ends = [Saturated(), new InvalidOperationException(), Saturated(), new OperationCanceledException()];
        foreach (Exception end in ends)
        {
            await pipeline.RunAsync(Attempts([end]), s_minute, _time, CancellationToken.None);
        }

        Assert.Equal(BreakerState.Closed, pipeline.Breaker);
    }

    [Fact]
    public async Task Pipeline_of_the_user_takes_the_place_of_the_built_in_one()
    {
        _options.Pipeline = new ResiliencePipelineBuilder { TimeProvider = _time }
            .AddRetry(new() { ShouldHandle = new PredicateBuilder().Handle<InvalidOperationException>(), MaxRetryAttempts = 1 }).Build();

        Outcome<int> outcome = await RunAsync(new InvalidOperationException(), null);

        Assert.Equal(7, outcome.Result);
        Assert.Empty(_told);
    }

    void ICallPipelineEvents.OnRetry() => _told.Add("retry");

    void ICallPipelineEvents.OnCircuitOpened(TimeSpan duration, Exception? failure) => _told.Add("opened");

    void ICallPipelineEvents.OnCircuitClosed() => _told.Add("closed");

    private static PoolSaturatedException Saturated() =>
        new("full") { Pool = "text", Reason = SaturationReason.QueueFull, QueueLength = 1, Limit = 1 };

    private static WorkerLostException Lost(CallExecution execution, bool isIdempotent = false) =>
        new("lost") { Execution = execution, IsIdempotent = isIdempotent };

    private async Task<Outcome<int>> RunAsync(params Exception?[] ends) =>
        await CallPipeline.Create(_options, _time, this)!.RunAsync(Attempts(ends), s_minute, _time, CancellationToken.None);

    private Func<TimeSpan, CancellationToken, ValueTask<Outcome<int>>> Attempts(params Exception?[] ends)
    {
        int made = 0;
        return (left, _) =>
        {
            _attempts.Add(left);
            return ValueTask.FromResult(ends[made++] is { } end ? Polly.Outcome.FromException<int>(end) : Polly.Outcome.FromResult(7));
        };
    }
}
