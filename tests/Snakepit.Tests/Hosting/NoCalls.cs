namespace Snakepit.Tests.Hosting;

/// <summary>A tool invoker that supports no calls.</summary>
internal abstract class NoCalls : IToolInvoker
{
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

    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments = default, ToolCallOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();
}
