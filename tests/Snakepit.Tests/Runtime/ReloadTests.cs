using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Tests.Configuration;

namespace Snakepit.Tests.Runtime;

/// <summary>Reloads of a running runtime over fake workers.</summary>
[Trait("Rule", "A2")]
public sealed class ReloadTests : IAsyncDisposable
{
    private const string Two = """
        { "Pools": { "text": { "Adapter": "text.py", "Size": 2 }, "vision": { "Adapter": "vision.py", "Size": 1 } } }
        """;

    private readonly ChangingSource _source = new(Two);
    private readonly FakeWorkers _workers = new();
    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
    private readonly HeldTool _slow;
    private SnakepitRuntime? _runtime;
    private Func<FakeWorker, bool> _fails = static _ => false;

    public ReloadTests()
    {
        _workers.Add("add", static request => request.Get<int>("a") + request.Get<int>("b"));
        _slow = _workers.Hold("slow");
        _workers.Boot = worker => _fails(worker) ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask;
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private SnakepitRuntime Runtime => _runtime!;

    private IWorkerPool Text => Runtime.GetPool("text");

    public async ValueTask DisposeAsync()
    {
        if (_runtime is not null)
        {
            await _runtime.DisposeAsync();
        }
    }

    [Fact]
    public async Task Reload_sizes_and_limits_take_effect_at_once_and_are_told_with_both_values()
    {
        await StartAsync();
        _source.Write("""
            { "Pools": {
                "text": { "Adapter": "text.py", "Size": 3, "Queue": { "Limit": 7 }, "Recycle": { "MaxRequests": 50 } },
                "vision": { "Adapter": "vision.py", "Size": 1 } } }
            """);

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);
        await Text.WaitUntilReadyAsync(3, Cancellation);

        Assert.Equal(
            ["text Size 2 3 AtOnce", "text Queue.Limit 1000 7 AtOnce", "text Recycle.MaxRequests null 50 AtOnce"],
            report.Changes.Select(static x => $"{x.Pool} {x.Option} {x.OldValue} {x.NewValue} {x.Effect}"));
        PoolSnapshot now = Text.GetSnapshot();
        Assert.Equal((3, 7, "50"), (now.Size, now.QueueLimit, now.Options["Recycle.MaxRequests"]));
        Assert.Equal(50, now.Workers[0].EffectiveMaxRequests);
        Assert.Empty(report.Kept);
        Assert.Equal(1, Runtime.GetPool("vision").GetSnapshot().Size);
        Assert.Contains(await LoggedAsync(EventIds.SettingChanged), static line => line.Contains("Queue.Limit from 1000 to 7"));
    }

    [Fact]
    public async Task Reload_change_of_configuration_takes_effect_by_itself()
    {
        await StartAsync();
        IAsyncEnumerator<LifecycleEvent> events = Text.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        ValueTask<bool> next = events.MoveNextAsync();

        _source.Change(Two.Replace("\"Size\": 2", "\"Size\": 2, \"Queue\": { \"Limit\": 5 }", StringComparison.Ordinal));

        Assert.True(await next);
        var told = Assert.IsType<PoolReconfiguredEvent>(events.Current);
        Assert.Equal(("Queue.Limit", "5"), (told.Changes[0].Option, told.Changes[0].NewValue));
        Assert.Equal(5, Text.GetSnapshot().QueueLimit);
        await events.DisposeAsync();
    }

    [Fact]
    public async Task Reload_adapter_workers_are_replaced_one_first_and_no_call_fails()
    {
        await StartAsync();
        Task<int> running = Text.ExecuteAsync<int>("slow", cancellationToken: Cancellation).AsTask();
        HeldCall held = await _slow.NextAsync(Cancellation);
        _source.Write(Two.Replace("text.py", "other.py", StringComparison.Ordinal));

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);
        held.Return(7);

        Assert.Equal(7, await running);
        Assert.Empty(report.Kept);
        Assert.Equal(ReloadEffect.Replacement, Assert.Single(report.Changes).Effect);
        await Text.WaitUntilAsync(
            static pool => pool.Lifecycle.RecyclesByReason.GetValueOrDefault(RecycleReason.ConfigurationChanged) == 2, Cancellation);
        Assert.Equal("other.py", Text.GetSnapshot().Options["Adapter"]);
        Assert.Equal(1, Runtime.GetPool("vision").GetSnapshot().Workers[0].Id.Generation);
    }

    [Fact]
    public async Task Reload_settings_that_do_not_start_are_given_up_and_tried_again_by_the_next_reload()
    {
        await StartAsync();
        _source.Write(Two.Replace("text.py\", \"Size\": 2", "bad.py\", \"Size\": 3", StringComparison.Ordinal));
        _fails = static worker => worker.Id is { Pool: "text", Generation: > 1 } or { Pool: "text", Slot: 2 };

        ReloadReport refused = await Runtime.ReloadAsync(Cancellation);
        PoolSnapshot kept = Text.GetSnapshot();
        _fails = static _ => false;
        ReloadReport mended = await Runtime.ReloadAsync(Cancellation);

        Assert.Contains("no torch", refused.Kept["text"].Message, StringComparison.Ordinal);
        Assert.Equal(("text.py", "2", 2), (kept.Options["Adapter"], kept.Options["Size"], kept.Size));
        Assert.Equal(3, await Text.ExecuteAsync<int>("add", new { a = 1, b = 2 }, cancellationToken: Cancellation));
        Assert.Empty(mended.Kept);
        Assert.Equal(2, mended.Changes.Count);
        Assert.Equal("bad.py", Text.GetSnapshot().Options["Adapter"]);
        Assert.Single(await LoggedAsync(EventIds.SettingsKept));
    }

    [Fact]
    public async Task Reload_invalid_settings_are_refused_as_a_whole_and_told_once()
    {
        await StartAsync();
        const string Invalid = """
            { "Pools": { "text": { "Adapter": "text.py", "Size": 5 }, "vision": { "Adapter": "vision.py", "Sise": 2, "Size": 0 } } }
            """;
        _source.Write(Invalid);

        SnakepitConfigurationException refused = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => Runtime.ReloadAsync(Cancellation));
        await Assert.ThrowsAsync<SnakepitConfigurationException>(() => Runtime.ReloadAsync(Cancellation));

        Assert.Equal(2, refused.Problems.Count);
        Assert.Equal(2, Text.GetSnapshot().Size);
        Assert.Single(await LoggedAsync(EventIds.ReloadRefused));
    }

    [Fact]
    public async Task Reload_pools_come_and_go_and_the_calls_of_those_that_go_are_finished()
    {
        await StartAsync();
        IWorkerPool vision = Runtime.GetPool("vision");
        Task<int> running = vision.ExecuteAsync<int>("slow", cancellationToken: Cancellation).AsTask();
        HeldCall held = await _slow.NextAsync(Cancellation);
        _source.Write("""
            { "Pools": { "text": { "Adapter": "text.py", "Size": 2 }, "audio": { "Adapter": "audio.py", "Size": 1 } } }
            """);

        Task<ReloadReport> reload = Runtime.ReloadAsync(Cancellation);
        held.Return(1);
        ReloadReport report = await reload;

        Assert.Equal(1, await running);
        Assert.Equal(["audio"], report.Added);
        Assert.Equal(["vision"], report.Removed);
        Assert.Equal(["audio", "text"], Runtime.PoolNames.Order(StringComparer.Ordinal));
        Assert.Equal(3, await Runtime.GetPool("audio").ExecuteAsync<int>("add", new { a = 1, b = 2 }, cancellationToken: Cancellation));
        Assert.Throws<SnakepitConfigurationException>(() => Runtime.GetPool("vision"));
        Assert.Equal(PoolState.Stopped, vision.GetSnapshot().State);
        Assert.DoesNotContain(_workers.Alive, static worker => worker.Id.Pool == "vision");
    }

    [Fact]
    public async Task Reload_handle_of_a_removed_pool_serves_again_when_the_pool_is_added_again()
    {
        await StartAsync();
        IWorkerPool vision = Runtime.GetPool("vision");
        IWorkerSession old = vision.GetSession("one", SessionAffinity.StrictQueue);
        await AddAsync(old);
        _source.Write(Two.Replace("vision", "audio", StringComparison.Ordinal));
        await Runtime.ReloadAsync(Cancellation);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AddAsync(vision));
        _source.Write(Two);

        await Runtime.ReloadAsync(Cancellation);

        Assert.Same(vision, Runtime.GetPool("vision"));
        await vision.WaitUntilReadyAsync(cancellationToken: Cancellation);
        Assert.Equal(3, await AddAsync(vision));
        Assert.Equal(3, await AddAsync(vision.GetSession("one", SessionAffinity.StrictQueue)));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => AddAsync(old));
    }

    [Fact]
    public async Task Reload_retries_and_circuit_breaker_take_effect_at_once()
    {
        await StartAsync();
        _workers.Add("die", static request => request.Worker.Crash());
        IWorkerSession session = Text.GetSession("one");
        Assert.Null(Text.GetSnapshot().Breaker);
        _source.Write(Two.Replace(
            "\"Size\": 2", "\"Size\": 2, \"Breaker\": { \"FailureRatio\": 0.1, \"MinimumCalls\": 2 }", StringComparison.Ordinal));

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);

        Assert.All(report.Changes, static change => Assert.Equal(ReloadEffect.AtOnce, change.Effect));
        Assert.Equal(BreakerState.Closed, Text.GetSnapshot().Breaker);
        await AddAsync(session);
        await Assert.ThrowsAsync<WorkerLostException>(() => session.ExecuteAsync("die", cancellationToken: Cancellation).AsTask());
        await Assert.ThrowsAsync<CircuitOpenException>(() => AddAsync(Text));
        _source.Write(Two.Replace(
            "\"Size\": 2", "\"Size\": 3, \"Breaker\": { \"FailureRatio\": 0.1, \"MinimumCalls\": 2 }", StringComparison.Ordinal));
        await Runtime.ReloadAsync(Cancellation);
        Assert.Equal(BreakerState.Open, Text.GetSnapshot().Breaker); // the breaker's settings are as before
        _source.Write(Two);
        await Runtime.ReloadAsync(Cancellation);
        Assert.Null(Text.GetSnapshot().Breaker);
        Assert.Equal(3, await AddAsync(Text));
    }

    [Fact]
    public async Task Reload_code_is_asked_again()
    {
        int size = 1;
        _runtime = await SnakepitRuntime.StartAsync(
            builder => builder.UseFakeWorkers(_workers).AddPool("text", p => (p.Adapter, p.Size) = ("text.py", size)), Cancellation);
        size = 2;

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);

        Assert.Equal(("1", "2"), (Assert.Single(report.Changes).OldValue, report.Changes[0].NewValue));
        await Text.WaitUntilReadyAsync(2, Cancellation);
    }

    [Fact]
    public async Task Reload_values_of_variables_are_shown_nowhere()
    {
        await StartAsync();
        _source.Write("""
            { "Pools": { "text": { "Adapter": "text.py", "Size": 2, "Python": { "Variables": { "TOKEN": "s3cret" } } },
                         "vision": { "Adapter": "vision.py", "Size": 1 } } }
            """);
        await Runtime.ReloadAsync(Cancellation);
        _source.Write("""
            { "Pools": { "text": { "Adapter": "text.py", "Size": 2, "Python": { "Variables": { "TOKEN": "other" } } },
                         "vision": { "Adapter": "vision.py", "Size": 1 } } }
            """);

        OptionChange change = Assert.Single((await Runtime.ReloadAsync(Cancellation)).Changes);

        Assert.Equal(("Python.Variables", "TOKEN", "TOKEN"), (change.Option, change.OldValue, change.NewValue));
        Assert.DoesNotContain(await LoggedAsync(null), static line => line.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_settings_of_the_host_wait_for_its_next_start()
    {
        await StartAsync();
        _source.Write(Two.Replace(
            "{ \"Pools\"", "{ \"MaxConcurrentStarts\": 3, \"MemoryBudget\": \"1GiB\", \"MaxConcurrentRecycles\": 2, \"Pools\"",
            StringComparison.Ordinal));

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);
        ReloadReport again = await Runtime.ReloadAsync(Cancellation);

        Assert.All(report.Changes, static change => Assert.Equal(ReloadEffect.Restart, change.Effect));
        Assert.Equal([null, null, null], report.Changes.Select(static change => change.Pool));
        Assert.Empty(again.Changes);
    }

    [Fact]
    public async Task Reload_pools_join_and_leave_the_budget_of_the_host()
    {
        const string Budget = "{ \"MemoryBudget\": \"200MiB\", \"Pools\""; // for three workers of 64 MiB
        _source.Write(Two.Replace("{ \"Pools\"", Budget, StringComparison.Ordinal));
        await StartAsync();
        await Text.WaitUntilReadyAsync(2, Cancellation);
        _source.Write(Two.Replace("{ \"Pools\"", Budget, StringComparison.Ordinal).Replace("text", "audio", StringComparison.Ordinal));

        await Runtime.ReloadAsync(Cancellation);
        await Runtime.GetPool("audio").WaitUntilReadyAsync(2, Cancellation);

        BudgetSnapshot budget = Runtime.GetBudget();
        Assert.Equal(["audio", "vision"], budget.Pools.Select(static pool => pool.Pool).Order(StringComparer.Ordinal));
        Assert.Equal(MemorySize.FromMiB(3 * 64), budget.Reserved);
        Assert.All(budget.Pools, static pool => Assert.Equal(0, pool.WaitingForMemory));
    }

    [Fact]
    public async Task Reload_budget_bounds_what_a_larger_pool_starts()
    {
        const string Budget = "{ \"MemoryBudget\": \"200MiB\", \"Pools\""; // for three workers of 64 MiB
        _source.Write(Two.Replace("{ \"Pools\"", Budget, StringComparison.Ordinal));
        await StartAsync();
        await Text.WaitUntilReadyAsync(2, Cancellation);
        _source.Write(Two.Replace("{ \"Pools\"", Budget, StringComparison.Ordinal)
            .Replace("\"Size\": 2", "\"Size\": 5, \"Queue\": { \"Limit\": 5 }", StringComparison.Ordinal));

        await Runtime.ReloadAsync(Cancellation);
        await Text.WaitUntilAsync(static pool => pool.Budget is { WaitingForMemory: 3 }, Cancellation);

        Assert.Equal(3, _workers.Alive.Count);
    }

    [Fact]
    public async Task Reload_bounds_of_the_size_take_effect_at_once()
    {
        await StartAsync();
        _source.Write(Two.Replace("\"Size\": 2", "\"Size\": 2, \"MinSize\": 3, \"MaxSize\": 5", StringComparison.Ordinal));

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);
        await Text.WaitUntilReadyAsync(3, Cancellation);

        Assert.All(report.Changes, static change => Assert.Equal(ReloadEffect.AtOnce, change.Effect));
        Assert.Equal((3, TimeSpan.FromMinutes(1)), (Text.GetSnapshot().Size, Text.GetSnapshot().Patience));
    }

    [Fact]
    public async Task Reload_in_mid_recycle_both_complete()
    {
        await StartAsync();
        Task<int> running = Text.ExecuteAsync<int>("slow", cancellationToken: Cancellation).AsTask();
        HeldCall held = await _slow.NextAsync(Cancellation);
        Task<RecycleReport> recycle = Text.RecycleAsync(cancellationToken: Cancellation);
        _source.Write(Two.Replace("text.py\", \"Size\": 2", "other.py\", \"Size\": 3", StringComparison.Ordinal));

        Task<ReloadReport> reload = Runtime.ReloadAsync(Cancellation);
        held.Return(7);
        ReloadReport report = await reload;

        Assert.Equal(7, await running);
        Assert.Empty(report.Kept);
        Assert.All((await recycle).Slots, static slot => Assert.NotEqual(SlotRecycleOutcome.KeptOld, slot.Outcome));
        await Text.WaitUntilReadyAsync(3, Cancellation);
    }

    [Fact]
    public async Task Reload_reloads_take_turns()
    {
        await StartAsync();
        var boot = new TaskCompletionSource();
        _workers.Boot = worker => worker.Id.Generation > 1 ? boot.Task : Task.CompletedTask;
        _source.Write(Two.Replace("text.py", "other.py", StringComparison.Ordinal));
        Task<ReloadReport> first = Runtime.ReloadAsync(Cancellation);
        _source.Write(Two.Replace("text.py", "third.py", StringComparison.Ordinal));

        Task<ReloadReport> second = Runtime.ReloadAsync(Cancellation);
        boot.SetResult();

        string[] changes = [.. (await first).Changes.Concat((await second).Changes).Select(static x => $"{x.OldValue} {x.NewValue}")];
        Assert.Equal("third.py", changes[^1].Split(' ')[1]);
        Assert.Equal("third.py", Text.GetSnapshot().Options["Adapter"]);
    }

    [Fact]
    public async Task Reload_stop_meanwhile_ends_it()
    {
        await StartAsync();
        _workers.Boot = static worker => worker.Id.Generation > 1 ? new TaskCompletionSource().Task : Task.CompletedTask;
        _source.Write(Two.Replace("text.py", "other.py", StringComparison.Ordinal));
        Task<ReloadReport> reload = Runtime.ReloadAsync(Cancellation);

        await Runtime.DisposeAsync();

        await reload;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Runtime.ReloadAsync(Cancellation));
        Assert.Empty(_workers.Alive);
    }

    [Fact]
    public async Task Reload_pool_that_cannot_start_is_mended_by_a_reload()
    {
        _fails = static worker => worker.Id.Pool == "text";
        _source.Write(Two.Replace("{ \"Pools\"", "{ \"StartPolicy\": \"AnyReady\", \"Pools\"", StringComparison.Ordinal));
        await StartAsync();
        _fails = static _ => false;
        _source.Write(Two.Replace("text.py", "mended.py", StringComparison.Ordinal));

        ReloadReport report = await Runtime.ReloadAsync(Cancellation);

        Assert.Empty(report.Kept);
        await Text.WaitUntilReadyAsync(2, Cancellation);
    }

    [Fact]
    public async Task Reload_back_from_settings_with_which_nothing_starts_is_noticed()
    {
        _fails = static worker => worker.Id.Pool == "text";
        string any = Two.Replace("{ \"Pools\"", "{ \"StartPolicy\": \"AnyReady\", \"Pools\"", StringComparison.Ordinal);
        _source.Write(any);
        await StartAsync();
        await Text.WaitUntilAsync(static pool => pool.State == PoolState.Failing, Cancellation);
        _source.Write(any.Replace("text.py", "bad.py", StringComparison.Ordinal));
        ReloadReport bad = await Runtime.ReloadAsync(Cancellation);
        _fails = static _ => false;
        _source.Write(any);

        ReloadReport back = await Runtime.ReloadAsync(Cancellation);

        Assert.Contains("no torch", bad.Kept["text"].Message, StringComparison.Ordinal);
        Assert.Equal(("bad.py", "text.py"), (Assert.Single(back.Changes).OldValue, back.Changes[0].NewValue));
        Assert.Equal("text.py", Text.GetSnapshot().Options["Adapter"]);
        await Text.WaitUntilReadyAsync(2, Cancellation);
    }

    private static Task<int> AddAsync(IToolInvoker pool) =>
        pool.ExecuteAsync<int>("add", new { a = 1, b = 2 }, cancellationToken: Cancellation).AsTask();

    private async Task StartAsync() => _runtime = await SnakepitRuntime.StartAsync(
        builder =>
        {
            builder.UseFakeWorkers(_workers).UseConfiguration(_source.Snakepit);
            builder.LoggerFactory = new LoggerFactory([new FakeLoggerProvider(_logs)]);
        },
        Cancellation);

    private async Task<string[]> LoggedAsync(int? id)
    {
        await Runtime.Logged;
        return [.. _logs.GetSnapshot().Where(line => id is null || line.Id.Id == id).Select(static line => line.Message)];
    }
}
