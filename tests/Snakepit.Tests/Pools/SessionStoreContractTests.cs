using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>The contract of session stores notices what breaks it.</summary>
public sealed class SessionStoreContractTests
{
    [Fact]
    public async Task A_store_that_keeps_nothing_breaks_the_contract()
    {
        var careless = new Careless();

        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            careless.CheckAsync("version 0 writes only what is not there"));

        Assert.Contains("a value was created twice", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_rule_is_told()
    {
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => new Careless().CheckAsync("no rule"));

        Assert.Contains("of writers with one version, one succeeds", error.Message, StringComparison.Ordinal);
    }

    // snippet: contract
    public sealed class StoreTests : SessionStoreContract
    {
        public static TheoryData<string> All => [.. Rules];

        [Theory]
        [MemberData(nameof(All))]
        public Task Store_keeps_the_contract(string rule) => CheckAsync(rule);

        protected override ValueTask<ISessionStore> CreateStoreAsync() => new(new InMemorySessionStore());
    }
    // end snippet

    private sealed class Careless : SessionStoreContract
    {
        protected override ValueTask<ISessionStore> CreateStoreAsync() => new(new ForgetfulStore());
    }

    private sealed class ForgetfulStore : ISessionStore
    {
        public ValueTask<StoredSessionValue?> ReadAsync(SessionKey session, string name, CancellationToken cancellationToken) => default;

        public ValueTask<long?> WriteAsync(
            SessionKey session, string name, ReadOnlyMemory<byte> value, long? expected, CancellationToken cancellationToken) => new(1);

        public ValueTask<bool> RemoveAsync(SessionKey session, string name, long? expected, CancellationToken cancellationToken) =>
            new(true);

        public ValueTask EndAsync(SessionKey session, CancellationToken cancellationToken) => default;
    }
}
