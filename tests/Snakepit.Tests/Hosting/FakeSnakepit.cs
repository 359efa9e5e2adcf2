using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

/// <summary>One pool, <c>text</c>, and no lifetime: what an application may put in the runtime's place.</summary>
internal class FakeSnakepit : ISnakepit
{
    public IReadOnlyCollection<string> PoolNames => ["text"];

    public IWorkerPool GetPool(string name) =>
        name == "text" ? new FakePool(name) : throw new ConfigurationException($"There is no pool '{name}'.{NearName.Suggest(name, PoolNames)}");

    public LifecycleStatistics GetStatistics() => throw new NotSupportedException();

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}
