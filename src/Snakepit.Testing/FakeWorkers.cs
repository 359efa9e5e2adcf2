using System.Collections.Concurrent;
using Snakepit.Workers;

namespace Snakepit.Testing;

/// <summary>
/// Workers without processes, for tests of code that uses Snakepit. Add tools, hand it to a runtime with
/// <see cref="FakeWorkersExtensions.UseFakeWorkers(SnakepitBuilder, FakeWorkers)"/>, and control each worker through <see cref="FakeWorker"/>.
/// A tool runs on the thread that sent its call; one that has to wait must be async. Safe for any number of threads.
/// </summary>
public sealed class FakeWorkers
{
    private const int FirstProcessId = 1_000;
    private readonly ConcurrentDictionary<string, FakeTool> _tools = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<WorkerId, FakeWorker> _workers = new();
    private readonly ConcurrentDictionary<string, bool> _idempotent = new(StringComparer.Ordinal);
    private int _lastProcessId = FirstProcessId;

    /// <summary>What a worker does between launch and ready. Default null: it is ready at once. A task that is not complete keeps it booting; an
    /// exception, best a <see cref="FakeToolException"/>, is a broken adapter; <see cref="FakeWorker.Exit"/> a death at import.</summary>
    public Func<FakeWorker, Task>? Boot { get; set; }

    /// <summary>What the adapter's <c>device()</c> returns in a worker that becomes ready. Default null: there is none.</summary>
    public Func<FakeWorker, string?>? Device { get; set; }

    /// <summary>Calls of fast tools may wait in a worker launched from now on, behind the one it runs, as in workers on shared pages.</summary>
    internal bool Pipelining { get; set; }

    /// <summary>The workers whose process exists, in the order of their launch.</summary>
    public IReadOnlyList<FakeWorker> Alive => [.. _workers.Values.OrderBy(static worker => worker.ProcessId)];

    /// <summary>What a worker that becomes ready now says it can do.</summary>
    internal IReadOnlyList<ToolDescriptor> Descriptors =>
        [.. _tools.Values.Select(tool => new ToolDescriptor(tool.Name, "", [], _idempotent.ContainsKey(tool.Name)))];

    /// <summary>Adds a tool, or puts it in the place of one with the same name.</summary>
    /// <param name="name">The name to call it by.</param>
    /// <param name="tool">What it does. Its result goes to the caller over the wire format.</param>
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

    /// <summary>Adds a tool whose calls run until the test answers them.</summary>
    /// <param name="name">The name to call it by.</param>
    public HeldTool Hold(string name)
    {
        var held = new HeldTool();
        Add(new FakeTool(name, held.Begin));
        return held;
    }

    /// <summary>What <c>@tool(idempotent=True)</c> says: calls of these tools are run again when their worker dies. For workers that boot from now on.</summary>
    public FakeWorkers MarkIdempotent(params IEnumerable<string> tools)
    {
        ArgumentNullException.ThrowIfNull(tools);
        foreach (string tool in tools)
        {
            _idempotent[tool] = true;
        }
        return this;
    }

    /// <summary>The worker of that slot that was launched last and whose process exists.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public FakeWorker Get(string pool, int slot) =>
        Alive.LastOrDefault(worker => worker.Id.Pool == pool && worker.Id.Slot == slot)
        ?? throw new InvalidOperationException(
            $"Slot {slot} of pool '{pool}' has no worker. Alive: {string.Join(", ", Alive.Select(static worker => worker.Id))}.");

    internal FakeTool? Find(string name) => _tools.GetValueOrDefault(name);

    internal void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        var worker = new FakeWorker(this, launch, events, Interlocked.Increment(ref _lastProcessId));
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
