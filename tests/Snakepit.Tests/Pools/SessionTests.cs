using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Sessions as their callers see them, over fake workers.</summary>
[Trait("Rule", "L11")]
public sealed class SessionTests
{
    private static readonly Dictionary<string, string> s_user = new() { ["user"] = "x" };

    [Fact]
    public async Task Calls_of_a_session_carry_its_id_and_have_one_worker()
    {
        await using PoolFixture fixture = await StartAsync(3);
        IWorkerSession session = fixture.Face.GetSession("chat", metadata: s_user);
        Assert.Equal(("chat", SessionAffinity.Hint, "x"), (session.Id, session.Affinity, session.Metadata["user"]));

        string first = await WhereAsync(session);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(first, await WhereAsync(session));
            Assert.Equal(first, await WhereAsync(fixture.Face.GetSession("chat")));
        }

        Assert.EndsWith(" chat", first, StringComparison.Ordinal);
        Assert.Equal((1, 1), (fixture.Now.Sessions, fixture.Now.Workers.Max(static worker => worker.Sessions)));
        Assert.EndsWith(" ", await fixture.Face.ExecuteAsync<string>("where", cancellationToken: Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_calls_wait_for_their_worker_while_others_run()
    {
        await using PoolFixture fixture = await StartAsync(2);
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        Task<int> running = session.ExecuteAsync<int>("slow", cancellationToken: Cancel).AsTask();
        HeldCall held = fixture.NextSlow();
        Task<string> waiting = WhereAsync(session).AsTask();

        string other = await fixture.Face.ExecuteAsync<string>("where", cancellationToken: Cancel);

        Assert.False(waiting.IsCompleted);
        held.Return(1);
        Assert.Equal(1, await running);
        Assert.NotEqual(other.Split(' ')[0], (await waiting).Split(' ')[0]);
    }

    [Fact]
    public async Task A_call_that_does_not_wait_is_refused_while_the_worker_is_busy()
    {
        await using PoolFixture fixture = await StartAsync(2);
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        Task<int> running = session.ExecuteAsync<int>("slow", cancellationToken: Cancel).AsTask();
        HeldCall held = fixture.NextSlow();

        WorkerBusyException error = await Assert.ThrowsAsync<WorkerBusyException>(() =>
            WhereAsync(session, new ToolCallOptions { Affinity = SessionAffinity.StrictFailFast }).AsTask());

        Assert.Equal(("text", "where", "a", true), (error.Pool, error.Tool, error.SessionId, error.IsTransient));
        CallResult<string> result = await session.TryExecuteAsync<string>(
            "where", options: new ToolCallOptions { Affinity = SessionAffinity.StrictFailFast }, cancellationToken: Cancel);
        Assert.Equal(CallOutcome.WorkerBusy, result.Outcome);
        held.Return(1);
        await running;
    }

    [Fact]
    public async Task A_session_whose_worker_dies_between_calls_is_told_once()
    {
        await using PoolFixture fixture = await StartAsync(2);
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        WorkerId worker = await WorkerOfAsync(fixture, session);

        fixture.Workers.Alive.Single(w => w.Id == worker).Crash(signal: 9);
        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() => WhereAsync(session).AsTask());

        Assert.Equal(
            ("a", SessionLossReason.WorkerDied, worker, CallExecution.NotStarted, false),
            (error.SessionId, error.Reason, error.Worker, error.Execution, error.IsTransient));
        Assert.Equal("killed by SIGKILL", error.Report!.Description);
        Assert.Contains("'a' of pool 'text' was lost: its worker text/", error.Message, StringComparison.Ordinal);
        await WhereAsync(session);
        Assert.Single(
            fixture.Logs.GetSnapshot(),
            static log => log.Level == LogLevel.Warning && log.Message.Contains("1 sessions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_that_their_worker_takes_with_it_are_told_and_the_id_begins_anew()
    {
        await using PoolFixture fixture = await StartAsync(2);
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        Task<int> running = session.ExecuteAsync<int>("slow", cancellationToken: Cancel).AsTask();
        HeldCall held = fixture.NextSlow();
        Task<string> waiting = WhereAsync(session).AsTask();

        held.Request.Worker.Crash();

        SessionLostException first = await Assert.ThrowsAsync<SessionLostException>(() => running);
        SessionLostException second = await Assert.ThrowsAsync<SessionLostException>(() => waiting);
        Assert.Equal((CallExecution.MayHaveRun, CallExecution.NotStarted), (first.Execution, second.Execution));
        Assert.NotNull(first.Report);
        await WhereAsync(session);
    }

    [Fact]
    public async Task A_retry_does_not_begin_a_lost_session_in_silence()
    {
        await using PoolFixture fixture = await StartAsync(2, static options => options.Retry.MaxRetries = 3);
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        WorkerId worker = await WorkerOfAsync(fixture, session);
        fixture.Workers.Alive.Single(w => w.Id == worker).Crash();

        CallResult<string> result = await session.TryExecuteAsync<string>("where", cancellationToken: Cancel);

        Assert.Equal(CallOutcome.SessionLost, result.Outcome);
        Assert.IsType<SessionLostException>(result.Error);
    }

    [Fact]
    public async Task A_session_outlives_its_time_only_by_a_call()
    {
        await using PoolFixture fixture = await StartAsync(1, static options => options.Session.Ttl = TimeSpan.FromMinutes(10));
        IWorkerSession session = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        await WhereAsync(session);
        fixture.Time.Advance(TimeSpan.FromMinutes(9));
        await WhereAsync(session);
        fixture.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(1, fixture.Now.Sessions);

        fixture.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(0, fixture.Now.Sessions);
        await WhereAsync(session); // begins anew
        Assert.Equal(1, fixture.Now.Sessions);
    }

    [Fact]
    public async Task Ending_waits_for_the_calls_that_run()
    {
        await using PoolFixture fixture = await StartAsync(1);
        IWorkerSession session = fixture.Face.GetSession("a");
        await session.EndAsync(Cancel); // it has not begun
        Task<int> running = session.ExecuteAsync<int>("slow", cancellationToken: Cancel).AsTask();
        HeldCall held = fixture.NextSlow();

        Task ended = session.EndAsync(Cancel);
        SessionLostException late = await Assert.ThrowsAsync<SessionLostException>(() => WhereAsync(session).AsTask());

        Assert.Equal((SessionLossReason.Ended, CallExecution.NotStarted), (late.Reason, late.Execution));
        Assert.False(ended.IsCompleted);
        held.Return(1);
        await running;
        await ended;
        Assert.Equal(0, fixture.Now.Sessions);
        await WhereAsync(session);
    }

    [Fact]
    public async Task A_created_session_ends_with_its_object()
    {
        await using PoolFixture fixture = await StartAsync(1);
        IOwnedWorkerSession session = fixture.Face.CreateSession(SessionAffinity.StrictQueue);
        await using (session)
        {
            await WhereAsync(session);
            Assert.NotEqual(session.Id, fixture.Face.CreateSession().Id);
            Assert.Equal(1, fixture.Now.Sessions);
        }

        Assert.Equal(0, fixture.Now.Sessions);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await WhereAsync(session));
    }

    [Fact]
    public async Task Ids_and_metadata_have_limits()
    {
        await using PoolFixture fixture = PoolFixture.Create();

        Assert.Throws<ArgumentNullException>(() => fixture.Face.GetSession(null!));
        Assert.Throws<ArgumentException>(() => fixture.Face.GetSession(""));
        Assert.Throws<ArgumentOutOfRangeException>(() => fixture.Face.GetSession("a", (SessionAffinity)9));
        ArgumentException tooLong = Assert.Throws<ArgumentException>(() => fixture.Face.GetSession(new string('x', 1 << 20)));
        Assert.Contains("at most 256 characters; this one has 1,048,576", tooLong.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() =>
            fixture.Face.GetSession("a", metadata: new Dictionary<string, string> { ["a"] = new('x', 5_000) }));
        Assert.Equal(256, fixture.Face.GetSession(new string('x', 256)).Id.Length);
    }

    [Fact]
    public async Task Too_many_sessions_are_refused_after_a_warning()
    {
        await using PoolFixture fixture = await StartAsync(1, static options => options.Session.Max = 10);
        for (int i = 0; i < 10; i++)
        {
            await WhereAsync(fixture.Face.GetSession($"{i}"));
        }

        PoolSaturatedException error = await Assert.ThrowsAsync<PoolSaturatedException>(() =>
            WhereAsync(fixture.Face.GetSession("10")).AsTask());

        Assert.Equal((SaturationReason.SessionLimit, 10), (error.Reason, error.Limit));
        Assert.Contains("raise Session.Max", error.Message, StringComparison.Ordinal);
        Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Message.Contains("has 8 sessions", StringComparison.Ordinal));
        await fixture.Face.GetSession("3").EndAsync(Cancel);
        await WhereAsync(fixture.Face.GetSession("10"));
    }

    [Fact]
    public async Task Arguments_that_cannot_be_sent_begin_no_session()
    {
        await using PoolFixture fixture = await StartAsync(1);
        IWorkerSession session = fixture.Face.GetSession("a");

        await Assert.ThrowsAnyAsync<ArgumentException>(() =>
            session.ExecuteAsync<int>("where", ToolArguments.Positional(new Action(() => { })), null, Cancel).AsTask());

        Assert.Equal(0, fixture.Now.Sessions);
        await WhereAsync(session);
    }

    [Fact]
    public async Task Stopping_the_pool_does_not_wait_for_sessions()
    {
        PoolFixture fixture = await StartAsync(1);
        IOwnedWorkerSession session = fixture.Face.CreateSession(SessionAffinity.StrictQueue);
        await WhereAsync(session);

        await fixture.DisposeAsync();

        await session.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await WhereAsync(session));
    }

    [Fact]
    public async Task A_defect_loses_strict_sessions_and_tells_them_once()
    {
        await using PoolFixture fixture = await StartAsync(1);
        IWorkerSession strict = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        IWorkerSession hint = fixture.Face.GetSession("b");
        await WhereAsync(strict);
        await WhereAsync(hint);
        fixture.Pool.Fault = _ =>
        {
            fixture.Pool.Fault = null;
            throw new InvalidOperationException("planted");
        };
        fixture.Face.LiftTaint();
        await fixture.Face.WaitUntilReadyAsync(cancellationToken: Cancel);

        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() => WhereAsync(strict).AsTask());

        Assert.Equal(SessionLossReason.PoolDefect, error.Reason);
        await WhereAsync(strict);
        await WhereAsync(hint);
    }

    [Fact]
    public async Task Sessions_are_measured()
    {
        await using PoolFixture fixture = await StartAsync(2, static options => options.Session.Ttl = TimeSpan.FromMinutes(10));
        using var started = new MetricCollector<long>(fixture.Meters, "Snakepit", "snakepit.session.started");
        using var ended = new MetricCollector<long>(fixture.Meters, "Snakepit", "snakepit.session.ended");
        using var lost = new MetricCollector<long>(fixture.Meters, "Snakepit", "snakepit.session.lost");
        using var count = new MetricCollector<int>(fixture.Meters, "Snakepit", "snakepit.session.count");
        IWorkerSession strict = fixture.Face.GetSession("a", SessionAffinity.StrictQueue);
        WorkerId worker = await WorkerOfAsync(fixture, strict);
        IWorkerSession ending = fixture.Face.GetSession("b");
        await WhereAsync(ending);
        await WhereAsync(fixture.Face.GetSession("c"));
        count.RecordObservableInstruments();
        await ending.EndAsync(Cancel);
        fixture.Workers.Alive.Single(w => w.Id == worker).Crash();
        fixture.Time.Advance(TimeSpan.FromMinutes(11));

        await fixture.Measured;

        Assert.Equal(3, count.LastMeasurement!.Value);
        Assert.Equal(3, started.GetMeasurementSnapshot().Sum(static m => m.Value));
        Assert.Equal(["ended", "expired"], ended.GetMeasurementSnapshot().Select(static m => m.Tags["reason"]));
        Assert.Equal("worker_died", Assert.Single(lost.GetMeasurementSnapshot()).Tags["reason"]);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<PoolFixture> StartAsync(int size, Action<PoolOptions>? configure = null)
    {
        PoolFixture fixture = await PoolFixture.StartAsync(options =>
        {
            options.Size = size;
            configure?.Invoke(options);
        });
        fixture.Workers.Add("where", static request => $"{request.Worker.Id} {request.SessionId}");
        return fixture;
    }

    private static ValueTask<string> WhereAsync(IWorkerSession session, ToolCallOptions? options = null) =>
        session.ExecuteAsync<string>("where", options: options, cancellationToken: Cancel);

    private static async Task<WorkerId> WorkerOfAsync(PoolFixture fixture, IWorkerSession session)
    {
        string where = (await WhereAsync(session)).Split(' ')[0];
        return fixture.Workers.Alive.Select(static worker => worker.Id).Single(id => id.ToString() == where);
    }
}
