using System.Text.Json;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>The data of sessions, read and written from both sides.</summary>
[Trait("Rule", "L11")]
public sealed class SessionDataTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData(ValueCodec.Json, WorkerProfile.Process, false)]
    [InlineData(ValueCodec.Marshal, WorkerProfile.Process, false)]
    [InlineData(ValueCodec.Auto, WorkerProfile.Process, true)]
    [InlineData(ValueCodec.Json, WorkerProfile.Thread, false)]
    [InlineData(ValueCodec.Marshal, WorkerProfile.Thread, true)]
    public async Task Both_sides_read_what_either_has_written(ValueCodec codec, WorkerProfile profile, bool isPortable)
    {
        Rig rig = await StartAsync("session_data.py", p =>
        {
            (p.Size, p.Values.Codec, p.Profile) = (2, codec, profile);
            p.Transport.Portable |= isPortable;
        });
        IWorkerSession session = rig.Pool.GetSession("a");

        var ada = new Dictionary<string, object> { ["name"] = "Ada \"🐍\"", ["age"] = 36 };
        long mine = await session.Data.SetAsync("user", ada, cancellationToken: Cancellation);
        JsonElement read = await session.ExecuteAsync<JsonElement>("read", ToolArguments.Positional("user"), null, Cancellation);
        long theirs = await session.ExecuteAsync<long>("put", ToolArguments.Positional("user", "Grace", mine), null, Cancellation);

        Assert.Equal(("Ada \"🐍\"", 36, mine), (
            read[0].GetProperty("name").GetString(), read[0].GetProperty("age").GetInt32(), read[1].GetInt64()));
        Assert.Equal(("Grace", theirs), await ReadAsync<string>(session, "user"));
        Assert.True(await session.ExecuteAsync<bool>("remove", ToolArguments.Positional("user"), null, Cancellation));
        Assert.False((await session.Data.GetAsync<string>("user", Cancellation)).Exists);
    }

    [Theory(Timeout = Bound)]
    [InlineData(WorkerProfile.Process, "add")]
    [InlineData(WorkerProfile.Process, "add_async")]
    [InlineData(WorkerProfile.Thread, "add")]
    [InlineData(WorkerProfile.Thread, "add_async")]
    public async Task Writers_of_both_sides_lose_nothing(WorkerProfile profile, string tool)
    {
        Rig rig = await StartAsync("session_data.py", p => (p.Size, p.Profile) = (2, profile));
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.Hint);

        Task[] theirs = [.. Enumerable.Range(0, 20).Select(_ =>
            session.ExecuteAsync(tool, ToolArguments.Positional("n", 1), null, Cancellation).AsTask())];
        for (int i = 0; i < 20;)
        {
            SessionValue<int> present = await session.Data.GetAsync<int>("n", Cancellation);
            try
            {
                await session.Data.SetAsync("n", present.Value + 100, present.Version, Cancellation);
                i++;
            }
            catch (SessionDataConflictException)
            {
            }
        }
        await Task.WhenAll(theirs);

        Assert.Equal(2_020, (await session.Data.GetAsync<int>("n", Cancellation)).Value);
    }

    [Theory(Timeout = Bound)]
    [InlineData(WorkerProfile.Process)]
    [InlineData(WorkerProfile.Thread)]
    public async Task Data_stays_when_the_worker_of_its_session_is_replaced(WorkerProfile profile)
    {
        Rig rig = await StartAsync("session_data.py", p => p.Profile = profile);
        IWorkerSession session = rig.Pool.GetSession("a", SessionAffinity.Hint);
        long version = await session.ExecuteAsync<long>("put", ToolArguments.Positional("x", "kept"), null, Cancellation);

        await rig.Pool.RecycleAsync(0, Cancellation);
        JsonElement read = await session.ExecuteAsync<JsonElement>("read", ToolArguments.Positional("x"), null, Cancellation);

        Assert.Equal(("kept", version), (read[0].GetString(), read[1].GetInt64()));
    }

    [Fact(Timeout = Bound)]
    public async Task Mistakes_raise_exceptions_of_Python()
    {
        Rig rig = await StartAsync("session_data.py");
        IWorkerSession session = rig.Pool.GetSession("a");

        JsonElement told = await session.ExecuteAsync<JsonElement>("errors", cancellationToken: Cancellation);

        Assert.Equal(
            ["ValueError", "ValueError", "Unwritable", "SessionDataConflict"],
            told.EnumerateArray().Select(static one => one[0].GetString()));
        Assert.Contains("1 to 256 characters", told[0][1].GetString(), StringComparison.Ordinal);
        Assert.Contains("at most 65536 bytes", told[1][1].GetString(), StringComparison.Ordinal);
        Assert.Contains("version 0, and 99 was expected", told[3][1].GetString(), StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData(WorkerProfile.Process)]
    [InlineData(WorkerProfile.Thread)]
    public async Task Data_of_one_session_is_out_of_reach_for_another_and_for_calls_without_one(WorkerProfile profile)
    {
        Rig rig = await StartAsync("session_data.py", p => p.Profile = profile);
        await rig.Pool.GetSession("a").ExecuteAsync("keep", cancellationToken: Cancellation);

        foreach (IToolInvoker other in (IToolInvoker[])[rig.Pool.GetSession("b"), rig.Pool])
        {
            ToolException error = await Assert.ThrowsAsync<ToolException>(() =>
                other.ExecuteAsync<object?>("use_kept", cancellationToken: Cancellation).AsTask());
            Assert.Contains("in the calls of its session only", error.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Bound)]
    public async Task An_id_used_with_two_pools_is_two_sessions_even_in_one_store()
    {
        var store = new InMemorySessionStore();
        Rig first = await StartAsync("session_data.py", p => p.Session.Store = store);
        Rig second = await StartAsync("session_data.py", p => p.Session.Store = store);
        await first.Pool.GetSession("a").ExecuteAsync("put", ToolArguments.Positional("x", 1), null, Cancellation);

        JsonElement read = await second.Pool.GetSession("a").ExecuteAsync<JsonElement>(
            "read", ToolArguments.Positional("x"), null, Cancellation);
        await second.Pool.GetSession("a").EndAsync(Cancellation);

        Assert.Equal(0, read[1].GetInt32());
        Assert.True((await first.Pool.GetSession("a").Data.GetAsync<int>("x", Cancellation)).Exists);
    }

    [Fact(Timeout = Bound)]
    public async Task Data_ends_with_its_session()
    {
        Rig rig = await StartAsync("session_data.py");
        IWorkerSession session = rig.Pool.GetSession("a");
        await session.ExecuteAsync("put", ToolArguments.Positional("x", 1), null, Cancellation);

        await session.EndAsync(Cancellation);

        JsonElement read = await session.ExecuteAsync<JsonElement>("read", ToolArguments.Positional("x"), null, Cancellation);
        Assert.Equal((JsonValueKind.Null, 0), (read[0].ValueKind, read[1].GetInt32()));
    }

    private static async Task<(T? Value, long Version)> ReadAsync<T>(IWorkerSession session, string name)
    {
        SessionValue<T> read = await session.Data.GetAsync<T>(name, Cancellation);
        return (read.Value, read.Version);
    }
}
