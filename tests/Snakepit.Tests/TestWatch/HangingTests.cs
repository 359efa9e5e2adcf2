using Snakepit.Workers;

namespace Snakepit.Tests.TestWatch;

/// <summary>Hangs on purpose, where <see cref="TestWatchdogTests"/> runs it in a process of its own: a thread is blocked, and the test's disposal
/// awaits a call whose worker is never ready.</summary>
public sealed class HangingTests : IAsyncDisposable
{
    // Else nothing but the pool itself keeps the pool, and the report finds none when garbage was collected meanwhile.
    private static SnakepitRuntime? s_runtime;
    private Task _call = Task.CompletedTask;

    [Fact(Explicit = true)]
    public async Task Disposal_never_ends()
    {
        s_runtime = await SnakepitRuntime.StartAsync(
            snakepit =>
            {
                snakepit.Launcher = new IdleLauncher();
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

    private sealed class IdleLauncher : IWorkerLauncher
    {
        public void Launch(WorkerLaunch launch, IWorkerEvents events)
        {
        }

        public void Dispose()
        {
        }
    }
}
