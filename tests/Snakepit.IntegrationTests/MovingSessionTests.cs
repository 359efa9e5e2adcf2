using System.Text.Json;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Strict sessions whose adapter has export_session and import_session, when their worker is replaced.</summary>
[Trait("Rule", "L11")]
public sealed class MovingSessionTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json, StartMethod.Spawn, false)]
    [InlineData(ValueCodec.Marshal, StartMethod.Spawn, false)]
    [InlineData(ValueCodec.Auto, StartMethod.Zygote, false)]
    [InlineData(ValueCodec.Auto, StartMethod.Spawn, true)]
    public async Task A_session_moves_to_the_replacement_with_its_state(ValueCodec codec, StartMethod method, bool isPortable)
    {
        Rig rig = await StartAsync("moving.py", p =>
        {
            (p.Values.Codec, p.Start.Method) = (codec, method);
            p.Transport.Portable = (p.Transport.Portable || isPortable) && method != StartMethod.Zygote;
        });
        IWorkerSession session = rig.Pool.GetSession("a \ud83d\udc0d", SessionAffinity.StrictQueue);
        int old = (await CountAsync(session))[2].GetInt32();

        RecycleReport report = await rig.Pool.RecycleAsync(0, Cancellation); // ends although the session goes on
        JsonElement moved = await CountAsync(session);

        Assert.True(report.AllReplaced);
        Assert.Equal((session.Id, 2), (moved[0].GetString(), moved[1].GetInt32()));
        Assert.NotEqual(old, moved[2].GetInt32());
        await session.EndAsync(Cancellation);
        await LoggedAsync(rig, $"ended {session.Id} after 2 in {moved[2]}");
        Assert.DoesNotContain(rig.Log.All, entry => entry.Text.Contains($" in {old}", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Calls_that_run_or_wait_notice_nothing()
    {
        Rig rig = await StartAsync("moving.py");
        Gate gate = Own(new Gate());
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        Task<JsonElement> running = session.ExecuteAsync<JsonElement>(
            "hold", ToolArguments.Positional(gate.Path, "it"), null, Cancellation).AsTask();
        await rig.BegunAsync("it");
        Task<RecycleReport> recycled = rig.Pool.RecycleAsync(0, Cancellation);
        await rig.NextAsync<WorkerDrainingEvent>();
        Task<JsonElement>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => CountAsync(session))];
        gate.Release();

        int old = (await running)[2].GetInt32();
        JsonElement[] later = await Task.WhenAll(waiting);

        Assert.Equal([2, 3, 4], later.Select(static counted => counted[1].GetInt32()));
        Assert.All(later, counted => Assert.NotEqual(old, counted[2].GetInt32()));
        Assert.True((await recycled).AllReplaced);
    }

    [Fact(Timeout = Bound)]
    public async Task Sessions_survive_one_recycle_after_another_under_load()
    {
        Rig rig = await StartAsync("moving.py", static p => p.Size = 2);
        IWorkerSession[] sessions =
            [.. Enumerable.Range(0, 4).Select(i => rig.Pool.GetSession($"s{i}", SessionAffinity.StrictQueue))];
        int count = 0;

        for (int round = 0; round < 3; round++)
        {
            int[] before = await PidsAsync();
            Task<RecycleReport> recycled = rig.Pool.RecycleAsync(cancellationToken: Cancellation);
            while (!recycled.IsCompleted)
            {
                await PidsAsync();
            }
            Assert.True((await recycled).AllReplaced);
            Assert.Empty(before.Intersect(await PidsAsync()));
        }

        async Task<int[]> PidsAsync()
        {
            JsonElement[] counted = await Task.WhenAll(sessions.Select(static session => CountAsync(session)));
            count++;
            Assert.All(counted, one => Assert.Equal(count, one[1].GetInt32()));
            return [.. counted.Select(static one => one[2].GetInt32())];
        }
    }

    [Theory(Timeout = Bound)]
    [InlineData("export", "raise", "ValueError: not today")]
    [InlineData("export", "odd", "builtins.object")]
    [InlineData("export", "large", "Call.MaxMessage")]
    [InlineData("export", "hang", "Session.MoveTimeout (1 s)")]
    [InlineData("import", "raise", "ValueError: not here")]
    [InlineData("import", "die", "ended with 'import_session()'")]
    public async Task A_session_that_cannot_move_stays_and_is_served_until_it_ends(string name, string how, string why)
    {
        Rig rig = await StartAsync("moving.py", static p =>
        {
            p.Call.MaxMessage = MemorySize.FromMiB(1);
            p.Session.MoveTimeout = TimeSpan.FromSeconds(1);
        });
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        int old = (await CountAsync(session))[2].GetInt32();
        await PutAsync(session, "size", 2 << 20);
        await PutAsync(session, name, how);

        Task<RecycleReport> recycled = rig.Pool.RecycleAsync(0, Cancellation);
        LogEntry told = await LoggedAsync(rig, "Session 'a' stays with worker");

        Assert.Contains(why, told.Text, StringComparison.Ordinal);
        JsonElement served = await CountAsync(session);
        Assert.Equal((2, old), (served[1].GetInt32(), served[2].GetInt32()));
        await session.EndAsync(Cancellation);
        await LoggedAsync(rig, $"ended a after 2 in {old}");
        await recycled;
        Assert.NotEqual(old, await rig.CallAsync<int>("where"));
    }

    [Fact(Timeout = Bound)]
    public async Task A_session_that_could_not_move_tells_why_when_it_is_lost()
    {
        Rig rig = await StartAsync("moving.py", static p => p.Recycle.DrainTimeout = TimeSpan.FromMilliseconds(300));
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        await PutAsync(session, "export", "raise");

        await rig.Pool.RecycleAsync(0, Cancellation);
        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() => CountAsync(session));

        Assert.Equal(SessionLossReason.DrainTimeout, error.Reason);
        Assert.Contains("ValueError: not today", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, (await CountAsync(session))[1].GetInt32());
    }

    [Fact(Timeout = Bound)]
    public async Task A_worker_that_dies_of_an_export_takes_its_sessions_with_it()
    {
        Rig rig = await StartAsync("moving.py");
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.StrictQueue);
        await PutAsync(session, "export", "die");

        await rig.Pool.RecycleAsync(0, Cancellation);
        SessionLostException error = await Assert.ThrowsAsync<SessionLostException>(() => CountAsync(session));

        Assert.Equal((SessionLossReason.WorkerDied, 3), (error.Reason, error.Report!.ExitCode));
    }

    [Fact(Timeout = Bound)]
    public async Task A_smaller_pool_keeps_its_sessions()
    {
        Rig rig = await StartAsync("moving.py", static p => p.Size = 3);
        IWorkerSession[] sessions =
            [.. Enumerable.Range(0, 6).Select(i => rig.Pool.GetSession($"s{i}", SessionAffinity.StrictQueue))];
        await Task.WhenAll(sessions.Select(static session => CountAsync(session)));

        await rig.Pool.ResizeAsync(1, Cancellation);
        JsonElement[] counted = await Task.WhenAll(sessions.Select(static session => CountAsync(session)));

        Assert.All(counted, static one => Assert.Equal(2, one[1].GetInt32()));
    }

    private static Task<JsonElement> CountAsync(IWorkerSession session) =>
        session.ExecuteAsync<JsonElement>("count", cancellationToken: Cancellation).AsTask();

    private static Task PutAsync(IWorkerSession session, string name, object value) =>
        session.ExecuteAsync("put", ToolArguments.Positional(name, value), null, Cancellation).AsTask();

    private static Task<LogEntry> LoggedAsync(Rig rig, string text) =>
        rig.Log.FirstAsync(entry => entry.Text.Contains(text, StringComparison.Ordinal));
}
