namespace Snakepit.Tests.Hosting;

/// <summary>A pool that only has a name.</summary>
internal sealed class FakePool(string name) : NoCalls, IWorkerPool
{
    public int LiftQuarantine(string? tool = null) => 0;

    public bool CancelCall(ulong number) => false;

    public Task<string?> ReadStacksAsync(WorkerId worker, CancellationToken cancellationToken = default) => Task.FromResult<string?>(null);

    public IReadOnlyList<ToolStatistics> GetToolStatistics() => [];

    public void Taint(int slot, TimeSpan duration)
    {
    }

    public int TaintDevice(string device, TimeSpan duration) => 0;

    public int LiftTaint(int? slot = null) => 0;

    public string Name => name;

    public IReadOnlyList<ToolDescriptor> Tools => [];

    public string DumpTrace() => throw new NotSupportedException();

    public IWorkerSession GetSession(
        string id, SessionAffinity? affinity = null, IReadOnlyDictionary<string, string>? metadata = null) =>
        throw new NotSupportedException();

    public IOwnedWorkerSession CreateSession(
        SessionAffinity? affinity = null, IReadOnlyDictionary<string, string>? metadata = null) =>
        throw new NotSupportedException();

    public PoolSnapshot GetSnapshot() => throw new NotSupportedException();

    public Task WaitUntilReadyAsync(int? workers = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task RenewZygoteAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<RecycleReport> RecycleAsync(int? slot = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<RecycleReport> RecycleAsync(WorkerId worker, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task ResizeAsync(int size, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
