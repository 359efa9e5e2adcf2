using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Every public asynchronous method, for tests of unusual callers.</summary>
internal static class PublicMethods
{
    private static readonly ToolArguments s_arguments = ToolArguments.Named(("a", 40), ("b", 2));
    private static readonly SessionKey s_session = new() { Pool = "text", Id = "session", Instance = Guid.Empty };

    public static IReadOnlyDictionary<string, Func<SnakepitRuntime, Task>> All { get; } =
        new Dictionary<string, Func<SnakepitRuntime, Task>>
    {
        ["StartAsync"] = static async _ => await (await StartAsync().ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false),
        ["RunScriptAsync"] = static async _ => Assert.Equal(0, await RunScriptAsync().ConfigureAwait(false)),
        ["ExecuteAsync"] = static runtime => Task.WhenAll(
            runtime.ExecuteAsync("add", s_arguments, cancellationToken: Token).AsTask(),
            runtime.ExecuteAsync<int>("add", new { a = 40, b = 2 }, cancellationToken: Token).AsTask(),
            runtime.GetPool("text").ExecuteAsync<int>("add", s_arguments, cancellationToken: Token).AsTask()),
        ["ExamineAsync"] = static runtime => Task.WhenAll(
            runtime.ExamineAsync(cancellationToken: Token), SnakepitDoctor.ExamineAsync(Configure, cancellationToken: Token)),
        ["ExaminePoolAsync"] = static _ => SnakepitDoctor.ExaminePoolAsync(new PoolOptions { Adapter = "this" }, cancellationToken: Token),
        ["PrepareAsync"] = static _ => PrepareInVainAsync(),
        ["TryExecuteAsync"] = static runtime => runtime.TryExecuteAsync<int>("add", s_arguments, cancellationToken: Token).AsTask(),
        ["StreamAsync"] = static runtime => Task.WhenAll(
            runtime.StreamAsync<int>("pair", default(ToolArguments), cancellationToken: Token).ToListAsync(Token).AsTask(),
            runtime.StreamAsync<int>("pair", new { }, cancellationToken: Token).ToListAsync(Token).AsTask(),
            runtime.GetPool("text").StreamAsync<int>("pair", default(ToolArguments), cancellationToken: Token).ToListAsync(Token).AsTask()),
        ["WaitUntilReadyAsync"] = static runtime => runtime.GetPool("text").WaitUntilReadyAsync(cancellationToken: Token),
        ["RecycleAsync"] = static runtime => Task.WhenAll(
            runtime.GetPool("text").RecycleAsync(cancellationToken: Token),
            runtime.GetPool("text").RecycleAsync(runtime.GetPool("text").GetSnapshot().Workers[0].Id, Token)),
        ["ReadStacksAsync"] = static runtime => runtime.GetPool("text").ReadStacksAsync(
            runtime.GetPool("text").GetSnapshot().Workers[0].Id, Token),
        ["RenewZygoteAsync"] = static runtime => runtime.GetPool("text").RenewZygoteAsync(Token),
        ["ReloadAsync"] = static runtime => runtime.ReloadAsync(Token),
        ["ResizeAsync"] = static runtime => runtime.GetPool("text").ResizeAsync(3, Token),
        ["WatchAsync"] = static async runtime =>
        {
            await using IAsyncEnumerator<LifecycleEvent> events = runtime.WatchAsync(Token).GetAsyncEnumerator(Token);
            ValueTask<bool> next = events.MoveNextAsync();
            await runtime.GetPool("text").RecycleAsync(cancellationToken: Token).ConfigureAwait(false);
            await next.ConfigureAwait(false);
        },
        ["GetAsync"] = static async runtime =>
            Assert.False((await Data(runtime).GetAsync<string>("name", Token).ConfigureAwait(false)).Exists),
        ["SetAsync"] = static runtime => Data(runtime).SetAsync("name", 1, cancellationToken: Token).AsTask(),
        ["RemoveAsync"] = static runtime => Data(runtime).RemoveAsync("name", cancellationToken: Token).AsTask(),
        ["ReadAsync"] = static async _ =>
            Assert.Null(await new InMemorySessionStore().ReadAsync(s_session, "name", Token).ConfigureAwait(false)),
        ["WriteAsync"] = static _ =>
            new InMemorySessionStore().WriteAsync(s_session, "name", default, null, Token).AsTask(),
        ["EndAsync"] = static async runtime =>
        {
            IWorkerSession session = runtime.GetPool("text").GetSession("session", SessionAffinity.StrictQueue);
            await session.ExecuteAsync("add", s_arguments, cancellationToken: Token).ConfigureAwait(false);
            await session.EndAsync(Token).ConfigureAwait(false);
        },
        ["DisposeAsync"] = static async runtime =>
        {
            await runtime.GetPool("text").CreateSession().DisposeAsync().ConfigureAwait(false);
            await runtime.DisposeAsync().ConfigureAwait(false);
        },
    };

    private static ISessionData Data(SnakepitRuntime runtime) => runtime.GetPool("text").GetSession("session").Data;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Blocks on a method.</summary>
    public static Exception? Block(string method, SnakepitRuntime runtime) =>
        Record.Exception(() => All[method](runtime).GetAwaiter().GetResult());

    public static Task<SnakepitRuntime> StartAsync() => SnakepitRuntime.StartAsync(Configure, Token);

    private static Task<int> RunScriptAsync() => SnakepitRuntime.RunScriptAsync(
        Configure,
        static async (runtime, token) => await runtime.ExecuteAsync("add", s_arguments, cancellationToken: token).ConfigureAwait(false),
        Token);

    /// <remarks><c>Assert.ThrowsAsync</c> goes on in the caller's context, which is blocked here.</remarks>
    private static async Task PrepareInVainAsync()
    {
        PythonOptions options = new() { Project = AppContext.BaseDirectory, Executable = "/bin/false" };
        try
        {
            await PythonEnvironment.PrepareAsync(options, cancellationToken: Token).ConfigureAwait(false);
        }
        catch (PythonNotFoundException)
        {
            return;
        }

        Assert.Fail("/bin/false was taken for a Python interpreter.");
    }

    private static void Configure(SnakepitRuntimeBuilder builder)
    {
        builder.UseFakeWorkers(new FakeWorkers()
            .Add("add", static request => request.Get<int>("a") + request.Get<int>("b"))
            .Add("pair", static _ => new[] { 1, 2 }));
        builder.AddPool("text", static p => p.Size = 2);
    }
}
