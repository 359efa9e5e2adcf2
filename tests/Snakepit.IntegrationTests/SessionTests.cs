using System.Text.Json;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Sessions with real workers: their state in Python, and how they end.</summary>
[Trait("Rule", "L11")]
public sealed class SessionTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json, StartMethod.Spawn, false)]
    [InlineData(ValueCodec.Marshal, StartMethod.Spawn, false)]
    [InlineData(ValueCodec.Auto, StartMethod.Zygote, false)]
    [InlineData(ValueCodec.Auto, StartMethod.Spawn, true)]
    public async Task Calls_share_state_in_one_worker(ValueCodec codec, StartMethod method, bool isPortable)
    {
        Rig rig = await StartAsync("sessions.py", p =>
        {
            (p.Size, p.Values.Codec, p.Start.Method) = (3, codec, method);
            p.Transport.Portable = (p.Transport.Portable || isPortable) && method != StartMethod.Zygote;
        });
        IWorkerSession a = rig.Pool.GetSession(
            "a \"quoted\" \ud83d\udc0d", SessionAffinity.StrictQueue, new Dictionary<string, string> { ["user"] = "größer" });
        IWorkerSession b = rig.Pool.GetSession("b", SessionAffinity.StrictQueue);
        int pid = 0;

        for (int i = 1; i <= 5; i++)
        {
            JsonElement mine = await CountAsync(a, i % 2 == 0 ? "count_async" : "count");
            pid = pid == 0 ? mine[2].GetInt32() : pid;
            Assert.Equal(
                (a.Id, i, pid, "größer"),
                (mine[0].GetString(), mine[1].GetInt32(), mine[2].GetInt32(), mine[3].GetProperty("user").GetString()));
            Assert.Equal(i, (await CountAsync(b))[1].GetInt32());
        }

        Assert.True((await rig.CallAsync<JsonElement>("no_session"))[0].GetBoolean());
        Assert.Equal(2, rig.Pool.GetSnapshot().Sessions);
    }

    [Fact(Timeout = Bound)]
    public async Task Arguments_of_every_form_reach_a_tool_in_a_session()
    {
        Rig rig = await StartAsync("sessions.py");
        IWorkerSession session = rig.Pool.GetSession("a");

        Assert.Equal(101, await session.ExecuteAsync<int>("add", ToolArguments.Positional(1), null, Cancellation));
        Assert.Equal(103, await session.ExecuteAsync<int>("add", ToolArguments.Positional(1, 2), null, Cancellation));
        Assert.Equal(106, await session.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2), ("c", 3)), null, Cancellation));
        Assert.Equal(104, await session.ExecuteAsync<int>("add", new { a = 1, c = 3 }, null, Cancellation));
        Assert.Equal(1, (await CountAsync(session))[1].GetInt32());
    }

    [Fact(Timeout = Bound)]
    public async Task An_end_is_told_to_an_idle_worker_and_drops_the_state()
    {
        Rig rig = await StartAsync("sessions.py");
        IWorkerSession session = rig.Pool.GetSession("a");
        await CountAsync(session);
        await CountAsync(session);

        await session.EndAsync(Cancellation);

        await LoggedAsync(rig, "ended a after 2");
        Assert.Equal(1, (await CountAsync(session))[1].GetInt32());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task Ends_reach_a_worker_whose_interpreter_was_busy_in_native_code_meanwhile()
    {
        const int Sessions = 1_000; // more than a socket takes
        Rig rig = await StartAsync("sessions.py");
        Gate gate = Own(new Gate());
        for (int i = 0; i < Sessions; i++)
        {
            await CountAsync(rig.Pool.GetSession($"{i}", metadata: new Dictionary<string, string> { ["of"] = $"{Sessions}" }));
        }
        Task<int> stuck = rig.CallAsync<int>("hold_interpreter", gate.Path, "it");
        await rig.BegunAsync("it");

        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(i => rig.Pool.GetSession($"{i}").EndAsync(Cancellation)));
        gate.Release();

        Assert.Equal(1, await stuck);
        await rig.Log.FirstAsync(static entry => entry.Text.EndsWith($"ended all {Sessions}", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task A_session_that_is_not_used_expires()
    {
        Rig rig = await StartAsync("sessions.py", static p => p.Session.Ttl = TimeSpan.FromMilliseconds(200));
        await CountAsync(rig.Pool.GetSession("a"));

        await LoggedAsync(rig, "ended a after 1");
        Assert.Equal(0, rig.Pool.GetSnapshot().Sessions);
    }

    [Fact(Timeout = Bound)]
    public async Task A_hook_that_raises_is_logged_and_the_worker_serves_on()
    {
        Rig rig = await StartAsync("sessions.py");
        IWorkerSession session = rig.Pool.GetSession("a", metadata: new Dictionary<string, string> { ["fails"] = "yes" });
        await CountAsync(session);

        await session.EndAsync(Cancellation);

        await LoggedAsync(rig, "this end fails");
        Assert.Equal(1, (await CountAsync(session))[1].GetInt32());
    }

    [Fact(Timeout = Bound)]
    public async Task A_strict_session_is_lost_with_its_worker_and_told_once()
    {
        Rig rig = await StartAsync("sessions.py", static p => p.Size = 2);
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        int pid = (await CountAsync(session))[2].GetInt32();

        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() =>
            session.ExecuteAsync("die", cancellationToken: Cancellation).AsTask());

        Assert.Equal(
            (SessionLossReason.WorkerDied, CallExecution.MayHaveRun, pid, 3),
            (error.Reason, error.Execution, error.Report!.Pid, error.Report.ExitCode));
        JsonElement anew = await CountAsync(session);
        Assert.Equal(1, anew[1].GetInt32());
        Assert.NotEqual(pid, anew[2].GetInt32());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task The_old_worker_serves_a_strict_session_until_it_ends()
    {
        Rig rig = await StartAsync("sessions.py");
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        int old = (await CountAsync(session))[2].GetInt32();
        Task<RecycleReport> recycled = rig.Pool.RecycleAsync(0, Cancellation);
        await rig.NextAsync<WorkerDrainingEvent>();

        JsonElement mine = await CountAsync(session);
        JsonElement other = await rig.CallAsync<JsonElement>("no_session");

        Assert.Equal((2, old), (mine[1].GetInt32(), mine[2].GetInt32()));
        Assert.NotEqual(old, other[1].GetInt32());
        await session.EndAsync(Cancellation);
        await LoggedAsync(rig, "ended a after 2");
        Assert.True((await recycled).AllReplaced);
    }

    [Fact(Timeout = Bound)]
    public async Task A_strict_session_that_outlives_the_drain_timeout_is_lost_and_its_worker_ends_in_good_order()
    {
        Rig rig = await StartAsync("sessions.py", static p => p.Recycle.DrainTimeout = TimeSpan.FromMilliseconds(200));
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        await CountAsync(session);

        await rig.Pool.RecycleAsync(0, Cancellation);
        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() => CountAsync(session));

        Assert.Equal(SessionLossReason.DrainTimeout, error.Reason);
        Assert.Contains("Recycle.DrainTimeout (200 ms)", error.Message, StringComparison.Ordinal);
        await LoggedAsync(rig, "ended a after 1");
        Assert.Equal(1, (await CountAsync(session))[1].GetInt32());
    }

    [Fact(Timeout = Bound)]
    public async Task A_busy_strict_session_holds_up_nobody()
    {
        Rig rig = await StartAsync("sessions.py", static p => p.Size = 2);
        Gate gate = Own(new Gate());
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        int own = (await CountAsync(session))[2].GetInt32();
        Task<string> held = session.ExecuteAsync<string>("hold", ToolArguments.Positional(gate.Path, "it"), null, Cancellation).AsTask();
        await rig.BegunAsync("it");
        Task<JsonElement> waiting = CountAsync(session);

        for (int i = 0; i < 20; i++)
        {
            Assert.NotEqual(own, (await rig.CallAsync<JsonElement>("no_session"))[1].GetInt32());
        }
        Assert.False(waiting.IsCompleted);
        var impatient = new ToolCallOptions { Affinity = SessionAffinity.StrictFailFast };
        await Assert.ThrowsAsync<WorkerBusyException>(() => session.ExecuteAsync("count", default, impatient, Cancellation).AsTask());
        gate.Release();

        Assert.Equal("it", await held);
        Assert.Equal((2, own), ((await waiting)[1].GetInt32(), (await waiting)[2].GetInt32()));
    }

    [Fact(Timeout = Bound)]
    public async Task Sessions_end_with_the_pool()
    {
        Rig rig = await StartAsync("sessions.py");
        await CountAsync(rig.Pool.GetSession("a", SessionAffinity.StrictQueue));

        await rig.Runtime.StopAsync(Cancellation);

        await LoggedAsync(rig, "ended a after 1");
    }

    private static Task<JsonElement> CountAsync(IWorkerSession session, string tool = "count") =>
        session.ExecuteAsync<JsonElement>(tool, cancellationToken: Cancellation).AsTask();

    private static Task<LogEntry> LoggedAsync(Rig rig, string text) =>
        rig.Log.FirstAsync(entry => entry.Text.Contains(text, StringComparison.Ordinal));
}
