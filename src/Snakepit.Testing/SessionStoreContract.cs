using System.Text;

namespace Snakepit.Testing;

/// <summary>The tests that every <see cref="ISessionStore"/> passes, for a store of your own. Derive a test class, and run
/// <see cref="CheckAsync"/> with each of <see cref="Rules"/>; in xunit, as a theory. It needs no test framework.</summary>
public abstract class SessionStoreContract
{
    private const int Writers = 16;
    private static readonly Dictionary<string, Func<ISessionStore, Task>> s_rules = new()
    {
        ["what was written is read, byte by byte"] = ReadsWhatWasWrittenAsync,
        ["nothing is read of what was never written"] = ReadsNothingAsync,
        ["versions are above 0 and never come back"] = VersionsGrowAsync,
        ["a write with another version changes nothing"] = RefusesOtherVersionsAsync,
        ["version 0 writes only what is not there"] = CreatesOnceAsync,
        ["a removal with another version changes nothing"] = RemovesItsVersionAsync,
        ["names and sessions are told apart"] = TellsApartAsync,
        ["a session ends with all its values and no others"] = EndsAsync,
        ["of writers with one version, one succeeds"] = LetsOneWriteAsync,
        ["the written memory may change afterwards"] = CopiesAsync,
        ["large values are kept"] = KeepsLargeValuesAsync,
    };

    /// <summary>Gets the rules by their names.</summary>
    public static IReadOnlyCollection<string> Rules => s_rules.Keys;

    /// <summary>Checks one rule with a store of its own.</summary>
    /// <param name="rule">One of <see cref="Rules"/>.</param>
    /// <exception cref="InvalidOperationException">The store breaks the rule. The message says how.</exception>
    public async Task CheckAsync(string rule)
    {
        if (!s_rules.TryGetValue(rule, out Func<ISessionStore, Task>? check))
        {
            throw new ArgumentException($"There is no rule '{rule}'. There are: {string.Join("; ", Rules)}.", nameof(rule));
        }
        ISessionStore store = await CreateStoreAsync().ConfigureAwait(false);
        try
        {
            await check(store).ConfigureAwait(false);
        }
        finally
        {
            if (store is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Creates the store under test. It may have values of other sessions. It is disposed if it is
    /// <see cref="IAsyncDisposable"/>.</summary>
    protected abstract ValueTask<ISessionStore> CreateStoreAsync();

    private static SessionKey NewSession(string id = "42") => new() { Pool = "contract", Id = id, Instance = Guid.NewGuid() };

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<long> WriteAsync(ISessionStore store, SessionKey session, string name, string value, long? expected = null)
    {
        long? version = await store.WriteAsync(session, name, Bytes(value), expected).ConfigureAwait(false);
        Require(version > 0, $"a write of '{name}' with expected version {expected?.ToString() ?? "null"} returned {version}");
        return version!.Value;
    }

    private static async Task<string?> ReadAsync(ISessionStore store, SessionKey session, string name)
    {
        StoredSessionValue? stored = await store.ReadAsync(session, name).ConfigureAwait(false);
        return stored is { } found ? Encoding.UTF8.GetString(found.Value.Span) : null;
    }

    private static async Task RequireAsync(ISessionStore store, SessionKey session, string name, string? expected)
    {
        string? found = await ReadAsync(store, session, name).ConfigureAwait(false);
        Require(found == expected, $"'{name}' is {found ?? "not there"}, and {expected ?? "nothing"} was expected");
    }

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"The store breaks its contract: {problem}.");
        }
    }

    private static async Task ReadsWhatWasWrittenAsync(ISessionStore store)
    {
        SessionKey session = NewSession("größer 🐍 \"'; --");
        byte[] all = [.. Enumerable.Range(0, 256).Select(static i => (byte)i)];
        long? version = await store.WriteAsync(session, "näme/:\n", all, null).ConfigureAwait(false);
        StoredSessionValue? stored = await store.ReadAsync(session, "näme/:\n").ConfigureAwait(false);
        Require(stored is { } found && found.Value.Span.SequenceEqual(all), "the value that is read is another one");
        Require(stored!.Value.Version == version, $"the version that is read is {stored.Value.Version}, the write returned {version}");
        await store.WriteAsync(session, "empty", Array.Empty<byte>(), null).ConfigureAwait(false);
        await RequireAsync(store, session, "empty", "").ConfigureAwait(false);
    }

    private static async Task ReadsNothingAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        await RequireAsync(store, session, "x", null).ConfigureAwait(false);
        Require(!await store.RemoveAsync(session, "x", null).ConfigureAwait(false), "a value that was never written was removed");
        await store.EndAsync(session).ConfigureAwait(false);
    }

    private static async Task VersionsGrowAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        var seen = new HashSet<long>();
        for (int i = 0; i < 5; i++)
        {
            Require(seen.Add(await WriteAsync(store, session, "x", $"{i}").ConfigureAwait(false)), "a version came back");
        }
        await store.RemoveAsync(session, "x", null).ConfigureAwait(false);
        Require(seen.Add(await WriteAsync(store, session, "x", "again").ConfigureAwait(false)), "a version came back after a removal");
    }

    private static async Task RefusesOtherVersionsAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        long first = await WriteAsync(store, session, "x", "first").ConfigureAwait(false);
        long second = await WriteAsync(store, session, "x", "second", first).ConfigureAwait(false);
        Require(await store.WriteAsync(session, "x", Bytes("third"), first).ConfigureAwait(false) is null, "an old version was accepted");
        long? ofNothing = await store.WriteAsync(session, "y", Bytes("y"), second).ConfigureAwait(false);
        Require(ofNothing is null, "a version of nothing was accepted");
        await RequireAsync(store, session, "x", "second").ConfigureAwait(false);
        await RequireAsync(store, session, "y", null).ConfigureAwait(false);
    }

    private static async Task CreatesOnceAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        await WriteAsync(store, session, "x", "first", expected: 0).ConfigureAwait(false);
        Require(await store.WriteAsync(session, "x", Bytes("second"), 0).ConfigureAwait(false) is null, "a value was created twice");
        await RequireAsync(store, session, "x", "first").ConfigureAwait(false);
        await store.RemoveAsync(session, "x", null).ConfigureAwait(false);
        await WriteAsync(store, session, "x", "third", expected: 0).ConfigureAwait(false);
    }

    private static async Task RemovesItsVersionAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        long first = await WriteAsync(store, session, "x", "first").ConfigureAwait(false);
        long second = await WriteAsync(store, session, "x", "second").ConfigureAwait(false);
        Require(!await store.RemoveAsync(session, "x", first).ConfigureAwait(false), "an old version was removed");
        await RequireAsync(store, session, "x", "second").ConfigureAwait(false);
        Require(await store.RemoveAsync(session, "x", second).ConfigureAwait(false), "the present version was not removed");
        await RequireAsync(store, session, "x", null).ConfigureAwait(false);
    }

    private static async Task TellsApartAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        SessionKey[] others =
        [
            session with { Pool = "other" }, session with { Id = "43" }, session with { Instance = Guid.NewGuid() },
        ];
        await WriteAsync(store, session, "x", "lower").ConfigureAwait(false);
        await WriteAsync(store, session, "X", "upper").ConfigureAwait(false);
        foreach (SessionKey other in others)
        {
            await RequireAsync(store, other, "x", null).ConfigureAwait(false);
        }
        await RequireAsync(store, session, "x", "lower").ConfigureAwait(false);
        await RequireAsync(store, session, "X", "upper").ConfigureAwait(false);
    }

    private static async Task EndsAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        SessionKey other = session with { Instance = Guid.NewGuid() };
        foreach (string name in (string[])["x", "y"])
        {
            await WriteAsync(store, session, name, name).ConfigureAwait(false);
            await WriteAsync(store, other, name, name).ConfigureAwait(false);
        }
        await store.EndAsync(session).ConfigureAwait(false);
        await store.EndAsync(session).ConfigureAwait(false); // twice is harmless
        foreach (string name in (string[])["x", "y"])
        {
            await RequireAsync(store, session, name, null).ConfigureAwait(false);
            await RequireAsync(store, other, name, name).ConfigureAwait(false);
        }
    }

    private static async Task LetsOneWriteAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        long version = await WriteAsync(store, session, "x", "0").ConfigureAwait(false);
        for (int round = 0; round < 10; round++)
        {
            long?[] written = await Task.WhenAll(Enumerable.Range(0, Writers).Select(i =>
                Task.Run(() => store.WriteAsync(session, "x", Bytes($"{i}"), version).AsTask()))).ConfigureAwait(false);
            long?[] accepted = [.. written.Where(static one => one is not null)];
            Require(accepted.Length == 1, $"{accepted.Length} of {Writers} writers with the same version succeeded");
            version = accepted[0]!.Value;
            string value = $"{Array.IndexOf(written, version)}";
            await RequireAsync(store, session, "x", value).ConfigureAwait(false);
        }
    }

    private static async Task CopiesAsync(ISessionStore store)
    {
        SessionKey session = NewSession();
        byte[] value = Bytes("before");
        await store.WriteAsync(session, "x", value, null).ConfigureAwait(false);
        Array.Clear(value);
        await RequireAsync(store, session, "x", "before").ConfigureAwait(false);
    }

    private static async Task KeepsLargeValuesAsync(ISessionStore store)
    {
        SessionKey session = NewSession(new string('i', 256));
        string name = new('n', 256);
        string value = new('v', 64 * 1_024);
        await WriteAsync(store, session, name, value).ConfigureAwait(false);
        await RequireAsync(store, session, name, value).ConfigureAwait(false);
    }
}
