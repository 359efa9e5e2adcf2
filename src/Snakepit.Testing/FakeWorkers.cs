using System.Collections.Concurrent;
using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>
/// Provides workers without processes, for tests of code that uses Snakepit. Add tools, pass the object to a runtime with
/// <see cref="FakeWorkersExtensions.UseFakeWorkers(SnakepitRuntimeBuilder, FakeWorkers)"/>, and control each worker through
/// <see cref="FakeWorker"/>. A tool runs on the thread that sent the call; a tool that has to wait must be async. Safe for use by any
/// number of threads.
/// </summary>
public sealed class FakeWorkers
{
    private const int FirstPid = 5_000_000; // beyond those of Linux, so that nobody takes another process for the worker
    private readonly ConcurrentDictionary<string, FakeTool> _tools = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<WorkerId, FakeWorker> _workers = new();
    private readonly ConcurrentDictionary<string, bool> _idempotent = new(StringComparer.Ordinal);
    private int _lastPid = FirstPid;

    /// <summary>Gets or sets what a worker does between launch and ready. Default null: it is ready at once. While the task is not
    /// complete, the worker boots; an exception, preferably a <see cref="FakeToolException"/>, stands for a broken adapter;
    /// <see cref="FakeWorker.Exit"/> stands for a death at import.</summary>
    public Func<FakeWorker, Task>? Boot { get; set; }

    /// <summary>Gets or sets what the adapter's <c>device()</c> returns in a worker that becomes ready. Default null: the adapter has
    /// none.</summary>
    public Func<FakeWorker, string?>? Device { get; set; }

    /// <summary>
    /// Whether calls of fast tools may wait in workers that are launched from now on, as in real workers that share a page with the host.
    /// </summary>
    internal bool Pipelining { get; set; }

    /// <summary>Gets the workers that have not ended, in the order of their launch.</summary>
    public IReadOnlyList<FakeWorker> Alive => [.. _workers.Values.OrderBy(static worker => worker.Pid)];

    /// <summary>The tools that a worker announces when it becomes ready.</summary>
    internal IReadOnlyList<ToolDescriptor> Descriptors =>
    [
        .. _tools.Values.OrderBy(static tool => tool.Name, StringComparer.Ordinal)
            .Select(tool => new ToolDescriptor { Name = tool.Name, IsIdempotent = _idempotent.ContainsKey(tool.Name) }),
    ];

    /// <summary>Adds a tool, or replaces the one with the same name.</summary>
    /// <param name="name">The name to call the tool by.</param>
    /// <param name="tool">What the tool does. Its result passes through the wire format to the caller.</param>
    public FakeWorkers Add<T>(string name, Func<ToolRequest, T> tool) => Add(FakeTool.Create(name, tool));

    /// <inheritdoc cref="Add{T}(string, Func{ToolRequest, T})"/>
    public FakeWorkers Add<T>(string name, Func<ToolRequest, Task<T>> tool) => Add(FakeTool.CreateAsync(name, tool));

    /// <inheritdoc cref="Add{T}(string, Func{ToolRequest, T})"/>
    public FakeWorkers Add(string name, Action<ToolRequest> tool) => Add(FakeTool.Create<object?>(name, request =>
    {
        tool(request);
        return null;
    }));

    /// <inheritdoc cref="Add{T}(string, Func{ToolRequest, T})"/>
    public FakeWorkers Add(string name, Func<ToolRequest, Task> tool) => Add(FakeTool.CreateAsync<object?>(name, async request =>
    {
        await tool(request).ConfigureAwait(false);
        return null;
    }));

    /// <summary>Adds a tool that yields items, as a Python generator does.</summary>
    /// <param name="name">The name to call the tool by.</param>
    /// <param name="tool">Returns the items. The enumeration waits while the caller takes none, and is cancelled when the caller leaves.
    /// A caller that does not read a stream gets all items as one list.</param>
    public FakeWorkers Add<T>(string name, Func<ToolRequest, IAsyncEnumerable<T>> tool) => Add(FakeTool.CreateStream(name, tool));

    /// <summary>Adds a tool whose calls run until the test answers them.</summary>
    /// <param name="name">The name to call the tool by.</param>
    public HeldTool Hold(string name)
    {
        var held = new HeldTool();
        Add(new FakeTool(name, held.Begin));
        return held;
    }

    /// <summary>Marks tools as idempotent, as <c>@tool(idempotent=True)</c> does: their calls run again when their worker dies. Applies to
    /// workers that boot from now on.</summary>
    public FakeWorkers MarkIdempotent(params IEnumerable<string> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        foreach (string tool in tools)
        {
            _idempotent[tool] = true;
        }
        return this;
    }

    /// <summary>Returns the worker that was launched last in a slot and has not ended.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message lists the workers that exist.</exception>
    public FakeWorker Get(string pool, int slot) =>
        Alive.LastOrDefault(worker => worker.Id.Pool == pool && worker.Id.Slot == slot)
        ?? throw new InvalidOperationException(
            $"Slot {slot} of pool '{pool}' has no worker. Alive: {string.Join(", ", Alive.Select(static worker => worker.Id))}.");

    internal FakeTool? Find(string name) => _tools.GetValueOrDefault(name);

    internal void Launch(WorkerStart launch, IWorkerEvents events)
    {
        var worker = new FakeWorker(this, launch, events, Interlocked.Increment(ref _lastPid));
        _workers[worker.Id] = worker;
        worker.Start();
    }

    internal void Forget(FakeWorker worker) => _workers.TryRemove(new KeyValuePair<WorkerId, FakeWorker>(worker.Id, worker));

    private FakeWorkers Add(FakeTool tool)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool.Name);
        _tools[tool.Name] = tool;
        return this;
    }
}
