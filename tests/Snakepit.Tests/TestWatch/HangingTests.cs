using Snakepit.Workers;

namespace Snakepit.Tests.TestWatch;

/// <summary>
/// Hangs on purpose; <see cref="TestWatchdogTests"/> runs it in a separate process. A thread blocks, and the test's disposal awaits a call
/// whose worker never becomes ready.
/// </summary>
public sealed class HangingTests : IAsyncDisposable
{
    // Keeps the pool alive: without this reference, a garbage collection could remove the pool before the report.
    private static SnakepitRuntime? s_runtime;
    private Task _call = Task.CompletedTask;

    [Fact(Explicit = true)]
    public async Task Disposal_never_ends()
    {
        s_runtime = await SnakepitRuntime.StartAsync(
            snakepit =>
            {
                snakepit.Starter = new IdleStarter();
                snakepit.Options.StartPolicy = StartPolicy.Background;
                snakepit.AddPool("stuck", pool => pool.Adapter = "adapter.py");
            },
            CancellationToken.None);
        _call = s_runtime.GetPool("stuck").ExecuteAsync("never_answered", cancellationToken: CancellationToken.None).AsTask();
        new Thread(Block) { IsBackground = true }.Start();
    }

    public ValueTask DisposeAsync() => new(AwaitAnswerAsync());

    private async Task AwaitAnswerAsync() => await _call;

    private static void Block() => new ManualResetEvent(false).WaitOne();

    private sealed class IdleStarter : IWorkerStarter
    {
        public void Launch(WorkerStart launch, IWorkerEvents events)
        {
        }

        public void Dispose()
        {
        }
    }
}
