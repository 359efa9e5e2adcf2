using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The data of sessions from the host: versions, limits, and their end with the session.</summary>
[Trait("Rule", "L11")]
public sealed class SessionDataTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Values_are_read_as_they_were_written_by_every_handle_of_the_session()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        ISessionData data = fixture.Face.GetSession("a").Data;
        int[] three = [1, 2, 3];

        long version = await data.SetAsync("list", three, cancellationToken: Cancel);
        await data.SetAsync<string?>("null", null, cancellationToken: Cancel);
        SessionValue<int[]> read = await fixture.Face.GetSession("a").Data.GetAsync<int[]>("list", Cancel);

        Assert.Equal((version, true), (read.Version, read.Exists));
        Assert.Equal(three, read.Value);
        Assert.True((await data.GetAsync<string>("null", Cancel)).Exists);
        Assert.False((await data.GetAsync<string>("nothing", Cancel)).Exists);
        Assert.False((await fixture.Face.GetSession("b").Data.GetAsync<int[]>("list", Cancel)).Exists);
        await Assert.ThrowsAnyAsync<JsonException>(() => data.GetAsync<DateTime>("list", Cancel).AsTask());
    }

    [Fact]
    public async Task A_write_of_an_old_version_is_a_conflict()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        ISessionData data = fixture.Face.GetSession("a").Data;
        long first = await data.SetAsync("x", 1, version: 0, Cancel);
        long second = await data.SetAsync("x", 2, first, Cancel);

        SessionDataConflictException error = await Assert.ThrowsAsync<SessionDataConflictException>(() =>
            data.SetAsync("x", 3, first, Cancel).AsTask());

        Assert.Equal(("text", "a", "x", second), (error.Pool, error.SessionId, error.Name, error.Version));
        Assert.Equal(2, (await data.GetAsync<int>("x", Cancel)).Value);
        await Assert.ThrowsAsync<SessionDataConflictException>(() => data.RemoveAsync("x", first, Cancel).AsTask());
        Assert.True(await data.RemoveAsync("x", second, Cancel));
        Assert.False(await data.RemoveAsync("x", cancellationToken: Cancel));
    }

    [Fact]
    public async Task Limits_are_named()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        ISessionData data = fixture.Face.GetSession("a").Data;

        ArgumentException name = await Assert.ThrowsAsync<ArgumentException>(() => SetAsync(new string('n', 257), 1));
        ArgumentException value = await Assert.ThrowsAsync<ArgumentException>(() => SetAsync("x", new string('v', 65_536)));
        for (int i = 0; i < 256; i++)
        {
            await data.SetAsync($"{i}", i, cancellationToken: Cancel);
        }
        ArgumentException names = await Assert.ThrowsAsync<ArgumentException>(() => SetAsync("one more", 1));

        Assert.Contains("1 to 256 characters; this one has 257", name.Message, StringComparison.Ordinal);
        Assert.Contains("at most 65,536 bytes as JSON; 'x' has 65,538", value.Message, StringComparison.Ordinal);
        Assert.Contains("256 names", names.Message, StringComparison.Ordinal);
        await data.RemoveAsync("7", cancellationToken: Cancel);
        await data.SetAsync("one more", 1, cancellationToken: Cancel);
        await Assert.ThrowsAsync<ArgumentException>(() => data.GetAsync<int>("", Cancel).AsTask());

        Task<long> SetAsync<T>(string name, T value) => data.SetAsync(name, value, cancellationToken: Cancel).AsTask();
    }

    [Fact]
    public async Task Names_that_were_not_written_count_in_no_limit()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        ISessionData data = fixture.Face.GetSession("a").Data;

        await Assert.ThrowsAsync<SessionDataConflictException>(() => data.RemoveAsync("x", 7, Cancel).AsTask());
        for (int i = 0; i < 257; i++)
        {
            await Assert.ThrowsAsync<SessionDataConflictException>(() => data.SetAsync($"{i}", i, version: 7, Cancel).AsTask());
        }

        Assert.Equal(1, await data.SetAsync("x", 1, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Data_ends_with_its_session_and_the_next_one_has_none()
    {
        var store = new SignallingStore();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Session.Store = store);
        IWorkerSession session = fixture.Face.GetSession("a");
        await session.Data.SetAsync("x", 1, cancellationToken: Cancel);
        Assert.Equal(1, fixture.Now.Sessions); // it has begun without a call

        await session.EndAsync(Cancel);
        await store.EndedAsync(1);

        Assert.Equal((0, 0), (fixture.Now.Sessions, store.Inner.Count));
        Assert.False((await session.Data.GetAsync<int>("x", Cancel)).Exists);
    }

    [Fact]
    public async Task Session_that_was_disposed_has_no_data()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        IOwnedWorkerSession session = fixture.Face.CreateSession();
        await session.Data.SetAsync("x", 1, cancellationToken: Cancel);

        await session.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => session.Data);
        Assert.Equal(0, fixture.Now.Sessions);
    }

    [Fact]
    public async Task Use_of_the_data_is_a_use_of_the_session()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static p => p.Session.Ttl = TimeSpan.FromSeconds(10));
        ISessionData data = fixture.Face.GetSession("a").Data;
        await data.SetAsync("x", 1, cancellationToken: Cancel);

        for (int i = 0; i < 5; i++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(6));
            Assert.True((await data.GetAsync<int>("x", Cancel)).Exists);
        }
        fixture.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(0, fixture.Now.Sessions);
    }

    [Fact]
    public async Task Ten_thousand_sessions_with_data_expire_and_leave_nothing()
    {
        var store = new SignallingStore();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p =>
        {
            p.Session.Store = store;
            p.Session.Ttl = TimeSpan.FromSeconds(10);
        });
        for (int i = 0; i < 10_000; i++)
        {
            await fixture.Face.GetSession($"{i}").Data.SetAsync("x", i, cancellationToken: Cancel);
        }
        Assert.Equal((10_000, 10_000), (fixture.Now.Sessions, store.Inner.Count));
        PoolSaturatedException full = await Assert.ThrowsAsync<PoolSaturatedException>(() =>
            fixture.Face.GetSession("one more").Data.SetAsync("x", 1, cancellationToken: Cancel).AsTask());

        fixture.Time.Advance(TimeSpan.FromSeconds(11));
        await store.EndedAsync(10_000);

        Assert.Equal(SaturationReason.SessionLimit, full.Reason);
        Assert.Equal((0, 0), (fixture.Now.Sessions, store.Inner.Count));
    }

    [Fact]
    public async Task A_write_that_is_under_way_when_its_session_ends_leaves_nothing()
    {
        var store = new SignallingStore { Holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) };
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Session.Store = store);
        IWorkerSession session = fixture.Face.GetSession("a");
        Task<long> writing = session.Data.SetAsync("x", 1, cancellationToken: Cancel).AsTask();

        await session.EndAsync(Cancel);
        store.Holds.SetResult();
        await writing;
        await store.EndedAsync(1);

        Assert.Equal(0, store.Inner.Count);
    }

    [Fact]
    public async Task A_store_that_fails_tells_its_caller_and_the_log()
    {
        var store = new SignallingStore();
        await using PoolFixture fixture = await PoolFixture.StartAsync(p => p.Session.Store = store);
        IWorkerSession session = fixture.Face.GetSession("a");
        await session.Data.SetAsync("x", 1, cancellationToken: Cancel);
        store.Fails = true;

        await Assert.ThrowsAsync<TimeoutException>(() => session.Data.GetAsync<int>("x", Cancel).AsTask());
        await session.EndAsync(Cancel);

        FakeLogRecord told = await fixture.Logs.GetLogsAsync(Cancel).FirstAsync(static entry => entry.Id.Id == 127, Cancel);
        Assert.Equal(LogLevel.Warning, told.Level);
    }

    /// <summary>A store in memory that tells when sessions have ended.</summary>
    private sealed class SignallingStore : ISessionStore
    {
        private readonly Lock _gate = new();
        private readonly List<(int Count, TaskCompletionSource Reached)> _waiting = [];
        private int _ended;

        public InMemorySessionStore Inner { get; } = new();

        public TaskCompletionSource? Holds { get; init; }

        public bool Fails { get; set; }

        public Task EndedAsync(int count)
        {
            lock (_gate)
            {
                var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.Add((count, reached));
                Signal_NeedsLock();
                return reached.Task.WaitAsync(Cancel);
            }
        }

        public ValueTask<StoredSessionValue?> ReadAsync(SessionKey session, string name, CancellationToken cancellationToken) =>
            Fails ? throw new TimeoutException("the store is down") : Inner.ReadAsync(session, name, cancellationToken);

        public async ValueTask<long?> WriteAsync(
            SessionKey session, string name, ReadOnlyMemory<byte> value, long? expected, CancellationToken cancellationToken)
        {
            await (Holds?.Task ?? Task.CompletedTask);
            return await Inner.WriteAsync(session, name, value, expected, cancellationToken);
        }

        public ValueTask<bool> RemoveAsync(SessionKey session, string name, long? expected, CancellationToken cancellationToken) =>
            Inner.RemoveAsync(session, name, expected, cancellationToken);

        public async ValueTask EndAsync(SessionKey session, CancellationToken cancellationToken)
        {
            await Inner.EndAsync(session, cancellationToken);
            lock (_gate)
            {
                _ended++;
                Signal_NeedsLock();
            }
            if (Fails)
            {
                throw new TimeoutException("the store is down");
            }
        }

        private void Signal_NeedsLock()
        {
            foreach ((int count, TaskCompletionSource reached) in _waiting)
            {
                if (_ended >= count)
                {
                    reached.TrySetResult();
                }
            }
        }
    }
}
