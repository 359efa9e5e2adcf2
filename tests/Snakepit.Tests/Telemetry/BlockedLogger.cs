using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Snakepit.Tests.Telemetry;

/// <summary>A log provider that takes records until the test blocks it.</summary>
internal sealed class BlockedLogger : ILoggerFactory, ILogger
{
    private readonly ManualResetEventSlim _open = new(initialState: true);

    /// <summary>The written records.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    /// <summary>Set when a record has reached the block.</summary>
    public TaskCompletionSource Blocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Block() => _open.Reset();

    public void Open() => _open.Set();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!_open.IsSet)
        {
            Blocked.TrySetResult();
            _open.Wait();
        }
        Lines.Enqueue(formatter(state, exception));
    }

    public void Dispose() => _open.Set(); // the queue's thread may still use it
}
