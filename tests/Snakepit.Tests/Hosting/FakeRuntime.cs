using Snakepit.Runtime;

namespace Snakepit.Tests.Hosting;

/// <summary>A runtime that records what its host does with it.</summary>
internal sealed class FakeRuntime(List<string> log) : FakeSnakepit, IRuntimeLifetime, IAsyncDisposable
{
    public Exception? StartFailure { get; init; }

    public CancellationToken StopToken { get; private set; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        log.Add("pools start");
        return StartFailure is null ? Task.CompletedTask : Task.FromException(StartFailure);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        log.Add("pools stop");
        StopToken = cancellationToken;
        return cancellationToken.IsCancellationRequested ? Task.FromCanceled(cancellationToken) : Task.CompletedTask;
    }

    public void HurryStop() => log.Add("pools hurry");

    public ValueTask DisposeAsync()
    {
        log.Add("pools dispose");
        return default;
    }
}
