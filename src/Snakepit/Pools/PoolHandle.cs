namespace Snakepit.Pools;

/// <summary>
/// A pool as its users see it. They may keep it for the life of the application: when a reload removes the pool and a later one adds it
/// again, the handle is that of the new pool.
/// </summary>
internal sealed class PoolHandle(ResilientCalls calls) : IWorkerPool
{
    private volatile ResilientCalls _calls = calls;

    /// <summary>The pool that the handle stands for now.</summary>
    public WorkerPool Pool => _calls.Pool;

    public string Name => Pool.Name;

    public IReadOnlyList<ToolDescriptor> Tools => Pool.Tools;

    /// <summary>Stands for another pool of the same name from now on. Sessions that were opened belong to the old one.</summary>
    public void Serve(ResilientCalls calls) => _calls = calls;

    public ValueTask ExecuteAsync(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.ExecuteAsync(tool, arguments, options, cancellationToken);

    public ValueTask<T> ExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.ExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public ValueTask<CallResult<T>> TryExecuteAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.TryExecuteAsync<T>(tool, arguments, options, cancellationToken);

    public IAsyncEnumerable<T> StreamAsync<T>(
        string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        _calls.StreamAsync<T>(tool, arguments, options, cancellationToken);

    public IWorkerSession GetSession(string id, SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        Open(id ?? throw new ArgumentNullException(nameof(id)), affinity, metadata);

    public IOwnedWorkerSession CreateSession(SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata) =>
        Open(null, affinity, metadata);

    public PoolSnapshot GetSnapshot()
    {
        ResilientCalls calls = _calls;
        return calls.Pool.GetSnapshot() with { Breaker = calls.Breaker };
    }

    public Task WaitUntilReadyAsync(int? workers, CancellationToken cancellationToken) =>
        Pool.WaitUntilReadyAsync(workers, cancellationToken);

    public Task ResizeAsync(int size, CancellationToken cancellationToken) => Pool.ResizeAsync(size, cancellationToken);

    public Task<RecycleReport> RecycleAsync(int? slot, CancellationToken cancellationToken) => Pool.RecycleAsync(slot, cancellationToken);

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken) =>
        Pool.RecycleAsync(worker, cancellationToken);

    public Task RenewZygoteAsync(CancellationToken cancellationToken) => Pool.RenewZygoteAsync(cancellationToken);

    public bool CancelCall(ulong number) => Pool.CancelCall(number);

    public Task<string?> ReadStacksAsync(WorkerId worker, CancellationToken cancellationToken) =>
        Pool.ReadStacksAsync(worker, cancellationToken);

    public IReadOnlyList<ToolStatistics> GetToolStatistics() => Pool.GetToolStatistics();

    public int LiftQuarantine(string? tool) => Pool.LiftQuarantine(tool);

    public void Taint(int slot, TimeSpan duration) => Pool.Taint(slot, duration);

    public int TaintDevice(string device, TimeSpan duration) => Pool.TaintDevice(device, duration);

    public int LiftTaint(int? slot) => Pool.LiftTaint(slot);

    public IAsyncEnumerable<LifecycleEvent> WatchAsync(CancellationToken cancellationToken) => Pool.WatchAsync(cancellationToken);

    public string DumpTrace() => Pool.DumpTrace();

    private WorkerSession Open(string? id, SessionAffinity? affinity, IReadOnlyDictionary<string, string>? metadata)
    {
        ResilientCalls calls = _calls;
        return calls.Pool.OpenSession(calls, id, affinity, metadata);
    }
}
