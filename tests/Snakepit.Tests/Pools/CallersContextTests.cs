using System.Reflection;

namespace Snakepit.Tests.Pools;

/// <summary>
/// A thread can block on every public asynchronous method while its synchronization context runs nothing.
/// </summary>
public sealed class CallersContextTests
{
    public static TheoryData<string> Methods => [.. PublicMethods.All.Keys];

    [Fact]
    public void Every_public_asynchronous_method_is_tried()
    {
        IEnumerable<string> all = typeof(SnakepitRuntime).Assembly.GetExportedTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(static method => method.Name.EndsWith("Async", StringComparison.Ordinal)).Select(static method => method.Name);

        Assert.Equal(PublicMethods.All.Keys.Order(), all.Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task A_blocking_caller_gets_its_answer_without_its_context(string method)
    {
        SnakepitRuntime runtime = await PublicMethods.StartAsync();
        var context = new DeafContext();
        Exception? error = null;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var caller = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(context);
            error = PublicMethods.Block(method, runtime);
            done.SetResult();
        });
        caller.Start();

        await done.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Null(error);
        Assert.Equal(0, context.Asked);
        await runtime.DisposeAsync();
    }

    /// <summary>A synchronization context that runs nothing, as that of a user interface whose thread blocks.</summary>
    private sealed class DeafContext : SynchronizationContext
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override void Post(SendOrPostCallback d, object? state) => Interlocked.Increment(ref _asked);

        public override void Send(SendOrPostCallback d, object? state) => Interlocked.Increment(ref _asked);
    }
}
