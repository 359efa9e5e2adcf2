using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Lifecycle;
using Snakepit.Pools;
using Snakepit.Pools.Kernel;
using Snakepit.Runtime;
using Snakepit.Simulation;
using Snakepit.Telemetry;
using Snakepit.Testing;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>A runtime with two pools: defects are planted in "text", and "other" must not be affected.</summary>
internal sealed class DefectFixture : IAsyncDisposable
{
    private readonly FakeLogCollector _logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
    private readonly SnakepitRuntime _runtime;
    private readonly HeldTool _slow;
    private readonly List<(Task<int> Call, CallExecution Fate)> _calls = [];
    private readonly ManualResetEventSlim _mayJudge = new(initialState: true);
    private IAsyncEnumerator<int>? _stream;
    private FakeWorker? _streaming;
    private Task<int>? _others;
    private HeldCall? _othersCall;

    private DefectFixture(IWorkerStarter? starter, Action<PoolOptions>? configure)
    {
        Workers.Add("add", static request => request.Get<int>("a") + request.Get<int>("b"));
        Workers.Add("check", static _ => true);
        Workers.Device = static _ => "gpu";
        Workers.Add("count", CountAsync);
        Workers.Add(WorkerAbilities.ExportTool, static _ => throw new InvalidOperationException("no state"));
        Workers.Add(WorkerAbilities.ImportTool, static _ => { });
        _slow = Workers.Hold("slow");
        var pools = new Dictionary<string, PoolOptions>();
        foreach (string name in (string[])["text", "other"])
        {
            pools[name] =
                new PoolOptions { Adapter = "adapter.py", Size = 2, Restart = { Jitter = 0 }, Recycle = { Policies = { new Wish(this) } } };
        }
        configure?.Invoke(pools["text"]);
        var services = new RuntimeServices
        {
            TimeProvider = Time,
            LoggerFactory = new LoggerFactory([new FakeLoggerProvider(_logs)]),
            Starter = starter ?? new FakeStarter(Workers),
        };
        _runtime = new SnakepitRuntime(
            new SnakepitOptions { StartPolicy = StartPolicy.AllReady, MaxConcurrentStarts = 1, MaxConcurrentRecycles = 1 }, pools,
            services);
        Pool = ((PoolHandle)_runtime.GetPool("text")).Pool;
    }

    public FakeTimeProvider Time { get; } = new();

    public FakeWorkers Workers { get; } = new();

    public WorkerPool Pool { get; }

    public ISnakepit Runtime => _runtime;

    public IWorkerSession Session => _runtime.GetPool("text").GetSession("session", SessionAffinity.StrictQueue);

    /// <summary>Cancels the first call.</summary>
    public CancellationTokenSource Caller { get; } = new();

    /// <summary>The calls that run in the pool.</summary>
    public List<HeldCall> Running { get; } = [];

    /// <summary>Whether the policy wants every worker replaced.</summary>
    public bool PolicyWants { get; set; }

    /// <summary>The workers at the time of <see cref="OccupyAsync"/>.</summary>
    public IReadOnlyList<FakeWorker> Old { get; private set; } = [];

    public static async Task<DefectFixture> StartAsync(
        IWorkerStarter? starter = null, Action<PoolOptions>? configure = null, Func<FakeWorker, Task>? boot = null)
    {
        var fixture = new DefectFixture(starter, configure) { Workers = { Boot = boot } };
        Task start = fixture._runtime.StartAsync(TestContext.Current.CancellationToken);
        await (boot is null ? start : fixture._runtime.Launched);
        return fixture;
    }

    /// <summary>Gives every worker of the pool a call, queues another call, and runs one in the other pool.</summary>
    public async Task OccupyAsync()
    {
        for (int i = 0; i < 3; i++)
        {
            CancellationToken caller = i == 0 ? Caller.Token : CancellationToken.None;
            Task<int> call = Pool.ExecuteAsync<int>("slow", default, null, caller).AsTask();
            _calls.Add((call, i < 2 ? CallExecution.MayHaveRun : CallExecution.NotStarted));
            if (i < 2)
            {
                Running.Add(await _slow.NextAsync(TestContext.Current.CancellationToken));
            }
        }
        _others = _runtime.GetPool("other").ExecuteAsync<int>("slow").AsTask();
        _othersCall = await _slow.NextAsync(TestContext.Current.CancellationToken);
        Old = [.. Workers.Alive.Where(static worker => worker.Id.Pool == "text")];
    }

    /// <summary>Makes the pool evaluate its policies after a reply; the policy wants that worker replaced.</summary>
    public async Task AskPoliciesAsync()
    {
        PolicyWants = true;
        _mayJudge.Reset();
        await AnswerSecondAsync();
        await _slow.NextAsync(TestContext.Current.CancellationToken); // the queued call must run when the defect occurs
        _mayJudge.Set();
    }

    /// <summary>Answers the second call, so that the pool sends the queued call to its worker.</summary>
    public async Task AnswerSecondAsync()
    {
        await EndAsync(1);
        _calls[1] = (_calls[1].Call, CallExecution.MayHaveRun);
    }

    /// <summary>Begins the session, which is bound to its worker from then on.</summary>
    public Task BeginSessionAsync() => Session.ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2))).AsTask();

    /// <summary>Replaces the worker of the session, whose state cannot be exported.</summary>
    public async Task MoveSessionAsync()
    {
        WorkerId worker = Pool.GetSnapshot().Workers.Single(static worker => worker.Sessions > 0).Id;
        _ = Pool.RecycleAsync(worker.Slot, CancellationToken.None);
        Running.Add(await _slow.NextAsync(TestContext.Current.CancellationToken)); // the replacement takes the queued call
        await EndAsync(2);
        await EndAsync(Running.FindIndex(call => call.Request.Worker.Id == worker)); // the session moves when both workers are idle
    }

    /// <summary>Replaces a worker. The first start of the replacement fails.</summary>
    public Task RecycleWithFailingStartAsync()
    {
        int starts = 0;
        Workers.Boot = _ => starts++ == 0 ? Task.FromException(new FakeToolException("ImportError", "no module")) : Task.CompletedTask;
        return Pool.RecycleAsync(1, CancellationToken.None);
    }

    /// <summary>Stops waiting for a replacement whose turn has not come.</summary>
    public async Task LeaveRecycleAsync()
    {
        using var caller = new CancellationTokenSource();
        var booting = new TaskCompletionSource();
        Workers.Boot = worker => worker.Id is { Slot: 0, Generation: 2 } ? BootForever() : Task.CompletedTask;
        _ = Pool.RecycleAsync(0, CancellationToken.None);
        await booting.Task;
        Task recycle = Pool.RecycleAsync(1, caller.Token);
        await caller.CancelAsync();
        await recycle;

        Task BootForever()
        {
            booting.SetResult();
            return new TaskCompletionSource().Task;
        }
    }

    /// <summary>Begins a stream and reads its first item.</summary>
    public async Task BeginStreamAsync()
    {
        _stream = Pool.StreamAsync<int>("count", default, null, TestContext.Current.CancellationToken).GetAsyncEnumerator();
        Assert.True(await _stream.MoveNextAsync());
    }

    /// <summary>Crashes the worker of the stream.</summary>
    public void CrashStream() => _streaming!.Crash();

    private async Task EndAsync(int index)
    {
        Task<int> ended = _calls[index].Call;
        _calls.RemoveAt(index);
        Running[index].Return(5);
        Assert.Equal(5, await ended);
    }

    /// <summary>Crashes a worker with a call, whose input is a suspect from then on.</summary>
    public async Task CrashAsync()
    {
        Task<int> call = Pool.ExecuteAsync<int>("slow", default, null, CancellationToken.None).AsTask();
        (await _slow.NextAsync(TestContext.Current.CancellationToken)).Request.Worker.Crash();
        await Assert.ThrowsAsync<WorkerLostException>(() => call);
        await Pool.WaitUntilReadyAsync(2, TestContext.Current.CancellationToken);
    }

    /// <summary>Raises an event of a worker.</summary>
    public Task HearAsync(Action<IWorkerEvents> news)
    {
        Workers.Get("text", 0).Tell(news);
        return Task.CompletedTask;
    }

    /// <summary>Raises a reading of a worker.</summary>
    public Task SampleAsync(Action<ISampled> news) => HearAsync(events => news((ISampled)events));

    /// <summary>Makes the next <paramref name="times"/> steps that match fail. The task completes with the last of them.</summary>
    public Task Plant(Predicate<KernelStep> which, int times = 1)
    {
        var planted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pool.Fault = step =>
        {
            if (times > 0 && which(step))
            {
                if (--times == 0)
                {
                    planted.SetResult();
                }
                throw new InvalidOperationException("a planted defect");
            }
        };
        return planted.Task;
    }

    public Task<int> AddAsync(string pool = "text") =>
        _runtime.GetPool(pool).ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2))).AsTask();

    public async Task AssertOwnCallsAreLostAsync()
    {
        foreach ((Task<int> call, CallExecution fate) in _calls)
        {
            Exception? error = await Record.ExceptionAsync(() => call.WaitAsync(TestContext.Current.CancellationToken));
            if (call == _calls[0].Call && Caller.IsCancellationRequested && error is OperationCanceledException)
            {
                continue;
            }
            WorkerLostException lost = Assert.IsType<WorkerLostException>(error);
            Assert.Equal(fate, lost.Execution);
            Assert.Equal(fate == CallExecution.NotStarted, lost.Worker == default);
            Assert.Contains("a planted defect", lost.Message, StringComparison.Ordinal);
        }
    }

    public async Task AssertServesAsync()
    {
        int size = Pool.Settings.Options.Size;
        await Pool.WaitUntilReadyAsync(size, TestContext.Current.CancellationToken);
        Assert.Equal(42, await AddAsync());
        Assert.Equal(size, Workers.Alive.Count(static worker => worker.Id.Pool == "text"));
    }

    public async Task AssertOthersServeAsync()
    {
        _othersCall!.Return(7);
        Assert.Equal(7, await _others!);
        Assert.Equal(42, await AddAsync("other"));
    }

    /// <summary>Checks that the log contains the defect, and a trace that replays up to it.</summary>
    /// <param name="last">The step that failed.</param>
    /// <param name="times">The number of defects.</param>
    /// <param name="isWhole">True when the kernel finished its step, and an effect of the step failed.</param>
    public void AssertTold(StepKind last, int times = 1, bool isWhole = false)
    {
        IReadOnlyList<FakeLogRecord> records = Logs();
        Assert.Equal(times, records.Count(static record => record.Id.Id == EventIds.PoolDefect));
        foreach (FakeLogRecord record in records.Where(static record => record.Id.Id == EventIds.PoolTrace))
        {
            TraceDump dump = TraceDump.Parse(record.GetStructuredStateValue("Trace")!);
            Assert.Equal(last, dump.Steps[^1].Step.Kind);
            Assert.Equal(isWhole, dump.Steps[^1].Digest != 0);
            Assert.Equal(isWhole ? -1 : dump.Steps.Length - 1, Replay.Run(dump).FirstDifference);
        }
    }

    public IReadOnlyList<FakeLogRecord> Logs()
    {
        Assert.True(_runtime.Logged.Wait(TimeSpan.FromSeconds(30)));
        return _logs.GetSnapshot();
    }

    public Task StopAsync()
    {
        Task stopping = _runtime.StopAsync(TestContext.Current.CancellationToken);
        foreach (FakeWorker worker in Workers.Alive.Where(static worker => worker.Id.Pool == "other"))
        {
            worker.Crash();
        }
        return stopping;
    }

    public async ValueTask DisposeAsync()
    {
        Pool.Fault = null;
        await (_stream?.DisposeAsync() ?? default);
        await _runtime.EndAsync(Pool, Workers);
        Caller.Dispose();
    }

    /// <summary>Yields an item and goes on until the caller leaves.</summary>
    private async IAsyncEnumerable<int> CountAsync(ToolRequest request)
    {
        _streaming = request.Worker;
        yield return 1;
        await Task.Delay(Timeout.InfiniteTimeSpan, Time, request.CancellationToken);
    }

    private sealed class Wish(DefectFixture fixture) : IRecyclePolicy
    {
        public RecycleDecision Evaluate(in RecycleCandidate worker)
        {
            fixture._mayJudge.Wait();
            return fixture.PolicyWants && worker.Worker.Pool == "text"
                ? RecycleDecision.Recycle("the test wants it")
                : RecycleDecision.Keep;
        }
    }
}
