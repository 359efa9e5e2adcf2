using System.Reflection;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Every public asynchronous method can be waited for, by blocking, on a thread whose synchronization context runs nothing meanwhile.</summary>
public sealed class CallersContextTests
{
    private static readonly ToolArguments s_arguments = ToolArguments.Named(("a", 40), ("b", 2));

    private static readonly Dictionary<string, Func<SnakepitRuntime, Task>> s_methods = new()
    {
        ["StartAsync"] = static async _ => await (await StartAsync().ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false),
        ["ExecuteAsync"] = static runtime => Task.WhenAll(
            runtime.ExecuteAsync("add", s_arguments, cancellationToken: Token).AsTask(),
            runtime.ExecuteAsync<int>("add", new { a = 40, b = 2 }, cancellationToken: Token).AsTask(),
            runtime.GetPool("text").ExecuteAsync<int>("add", s_arguments, cancellationToken: Token).AsTask()),
        ["TryExecuteAsync"] = static runtime => runtime.TryExecuteAsync<int>("add", s_arguments, cancellationToken: Token).AsTask(),
        ["WaitUntilReadyAsync"] = static runtime => runtime.GetPool("text").WaitUntilReadyAsync(cancellationToken: Token),
        ["RecycleAsync"] = static runtime => Task.WhenAll(
            runtime.GetPool("text").RecycleAsync(cancellationToken: Token),
            runtime.GetPool("text").RecycleAsync(runtime.GetPool("text").GetSnapshot().Workers[0].Id, Token)),
        ["RenewZygoteAsync"] = static runtime => runtime.GetPool("text").RenewZygoteAsync(Token),
        ["ResizeAsync"] = static runtime => runtime.GetPool("text").ResizeAsync(3, Token),
        ["WatchAsync"] = static async runtime =>
        {
            await using IAsyncEnumerator<LifecycleEvent> events = runtime.WatchAsync(Token).GetAsyncEnumerator(Token);
            ValueTask<bool> next = events.MoveNextAsync();
            await runtime.GetPool("text").RecycleAsync(cancellationToken: Token).ConfigureAwait(false);
            await next.ConfigureAwait(false);
        },
        ["DisposeAsync"] = static runtime => runtime.DisposeAsync().AsTask(),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Methods => [.. s_methods.Keys];

    [Fact]
    public void Every_public_asynchronous_method_is_tried()
    {
        Type[] types = [typeof(SnakepitRuntime), typeof(ISnakepit), typeof(IWorkerPool), typeof(IToolInvoker), typeof(ToolInvokerExtensions)];

        IEnumerable<string> all = types.SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(static method => method.Name.EndsWith("Async", StringComparison.Ordinal)).Select(static method => method.Name);

        Assert.Equal(s_methods.Keys.Order(), all.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_blocking_caller_gets_its_answer_without_its_context(string method)
    {
        SnakepitRuntime runtime = await StartAsync();
        var context = new DeafContext();
        Exception? error = null;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            error = Block(method, runtime);
            done.SetResult();
        });
        caller.Start();

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Null(error);
        Assert.Equal(0, context.Asked);
        await runtime.DisposeAsync();
    }

    private static Exception? Block(string method, SnakepitRuntime runtime) => Record.Exception(() => s_methods[method](runtime).GetAwaiter().GetResult());

    private static Task<SnakepitRuntime> StartAsync() => SnakepitRuntime.StartAsync(
        static s =>
        {
            s.UseFakeWorkers(new FakeWorkers().Add("add", static request => request.Get<int>("a") + request.Get<int>("b")));
            s.AddPool("text", static p => p.Size = 2);
        },
        Token);

    /// <summary>A user interface's, while its one thread blocks.</summary>
    private sealed class DeafContext : SynchronizationContext
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override void Post(SendOrPostCallback d, object? state) => Interlocked.Increment(ref _asked);

        public override void Send(SendOrPostCallback d, object? state) => Interlocked.Increment(ref _asked);
    }
}
