using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

/// <summary>A runtime that only notes what its host does with it.</summary>
internal sealed class FakeRuntime(List<string> log) : ISnakepit, IRuntimeLifetime, IAsyncDisposable
{
    public Exception? StartFailure { get; init; }

    public CancellationToken StopToken { get; private set; }

    public IReadOnlyCollection<string> PoolNames => ["text"];

    public IWorkerPool GetPool(string name) =>
        name == "text" ? new FakePool(name) : throw new ConfigurationException($"There is no pool '{name}'.{NearName.Suggest(name, PoolNames)}");

    public Task StartAsync(CancellationToken cancellationToken)
    {
        log.Add("pools start");
        return StartFailure is null ? Task.CompletedTask : Task.FromException(StartFailure);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        log.Add("pools stop");
        StopToken = cancellationToken;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        log.Add("pools dispose");
        return default;
    }

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask ExecuteAsync(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}

/// <summary>A pool with a name.</summary>
internal sealed class FakePool(string name) : IWorkerPool
{
    public string Name => name;

    public IReadOnlyList<ToolDescriptor> Tools => [];

    public PoolSnapshot GetSnapshot() => throw new NotSupportedException();

    public Task WaitUntilReadyAsync(int? workers = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<RecycleReport> RecycleAsync(int? slot = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask ExecuteAsync(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}
