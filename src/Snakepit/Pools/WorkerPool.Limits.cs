using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Limits that are judged outside of the kernel: memory, processor time, policies, changed code.</content>
internal sealed partial class WorkerPool
{
    private static readonly TimeSpan s_lazily = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_whileBusy = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_forPolicies = TimeSpan.FromSeconds(1);
    private readonly Sampler _sampler;
    private readonly SamplingPlan _sampling;
    private readonly RecyclePolicies _policies;
    private readonly AdapterFiles _adapterFiles;
    private AdapterWatch? _codeWatch;
    private bool _watchesCode;
    private bool _freshOverLimitTold;
    private long _footprint; // the private memory of a worker that has just become ready
    private bool _memoryIsShort;

    internal void OnLimit(PoolWorker worker, Reason reason) => Signal(new WorkerSignal(SignalKind.LimitReached, worker.Key, Reason: reason));

    internal void OnMemory(PoolWorker worker, MemoryVerdict verdict, in MemoryReading reading)
    {
        switch (verdict)
        {
            case MemoryVerdict.Collect when worker.Channel is { } channel:
                channel.PostCollect();
                channel.Flush();
                break;
            case MemoryVerdict.Soft:
                OnLimit(worker, Reason.MemoryThreshold);
                break;
            case MemoryVerdict.Cleared:
                Signal(new WorkerSignal(SignalKind.LimitCleared, worker.Key, Reason: Reason.MemoryThreshold));
                break;
            case MemoryVerdict.Hard:
                OnLimit(worker, Reason.MemoryLimit);
                break;
            case MemoryVerdict.FreshOverLimit when !Interlocked.Exchange(ref _freshOverLimitTold, true):
                _reporter.FreshOverLimit(worker, MemorySize.FromBytes(reading.Baseline), _options.Memory.SoftLimit ?? default);
                break;
        }
    }

    /// <summary>After every reading of a worker's memory.</summary>
    internal void OnSampled(PoolWorker worker)
    {
        NoteFootprint(worker);
        _policies.Ask(worker);
    }

    /// <summary>How much memory the machine has left: enough for one more worker beside the others, or not.</summary>
    internal void OnFreeMemory(long bytes)
    {
        bool isShort;
        long footprint;
        lock (_gate)
        {
            footprint = _footprint;
            isShort = bytes < (_memoryIsShort ? footprint + (footprint / 2) : footprint); // once short, until there is room for the change and some more
            if (isShort == _memoryIsShort)
            {
                return;
            }
            _memoryIsShort = isShort;
        }
        if (isShort)
        {
            _reporter.MemoryIsShort(MemorySize.FromBytes(bytes), MemorySize.FromBytes(footprint));
        }
        Command(new PoolCommand(CommandKind.SetMemoryShort, Value: isShort ? 1 : 0));
    }

    private void NoteFootprint(PoolWorker worker)
    {
        if (!worker.IsMeasured && worker.Sampled?.Reading is { Baseline: > 0 } reading)
        {
            lock (_gate)
            {
                worker.IsMeasured = true;
                _footprint = _footprint == 0 ? reading.Baseline : ((_footprint * 3) + reading.Baseline) / 4;
            }
        }
    }

    /// <summary>Without a limit or a policy the readings are for those who look at the pool: they need not wake anybody often.</summary>
    private static SamplingPlan PlanSampling(PoolOptions options)
    {
        bool isWanted = options.Memory.SoftLimit is not null || options.Memory.HardLimit is not null || options.Recycle.MaxCpuTime is not null
            || options.Recycle.Policies.Count > 0;
        TimeSpan interval = isWanted || options.Memory.SampleInterval > s_lazily ? options.Memory.SampleInterval : s_lazily;
        TimeSpan busy = options.Memory.SampleInterval > s_whileBusy ? options.Memory.SampleInterval : s_whileBusy;
        return new SamplingPlan(
            interval, options.Memory.SoftLimit?.Bytes, options.Memory.HardLimit?.Bytes, options.Recycle.MaxCpuTime,
            CpuInterval: options.Recycle.Policies.Count > 0 ? s_forPolicies : isWanted ? s_lazily : busy, BusyInterval: isWanted ? null : busy);
    }

    /// <summary>For who is about to be told of the workers' memory and processor time: no reading is older than Memory.SampleInterval.</summary>
    private void RefreshReadings()
    {
        PoolWorker[] workers;
        lock (_gate)
        {
            workers = [.. _workers.SelectMany(static slot => slot)];
        }
        foreach (PoolWorker worker in workers)
        {
            worker.Sampled?.Refresh(_options.Memory.SampleInterval);
        }
    }

    /// <summary>The worker as policies see it; null when it does not serve.</summary>
    internal RecycleCandidate? DescribeToPolicies(PoolWorker worker)
    {
        (long requests, int errors) facts;
        lock (_gate)
        {
            if (!_kernel.IsServing(worker.Key))
            {
                return null;
            }
            facts = (_kernel.RequestsOf(worker.Key), _kernel.ErrorsOf(worker.Key));
        }
        return new RecycleCandidate
        {
            Worker = worker.Id,
            Age = Elapsed(worker.LaunchedAt, _time.GetTimestamp()),
            Requests = facts.requests,
            ConsecutiveErrors = facts.errors,
            Memory = worker.Sampled?.Reading is { } memory ? MemorySize.FromBytes(memory.Current) : null,
            CpuTime = worker.Sampled?.CpuTime,
        };
    }

    /// <summary>Takes note of what the pool's policies have decided about a worker.</summary>
    internal void OnJudged(PoolWorker worker, RecycleDecision decision)
    {
        if (decision.ShouldRecycle)
        {
            worker.PolicyDetail = Shown.Text(decision.Reason, Shown.LongestReason);
        }
        if (worker.IsUnwanted == decision.ShouldRecycle)
        {
            return;
        }
        worker.IsUnwanted = decision.ShouldRecycle;
        Signal(new WorkerSignal(worker.IsUnwanted ? SignalKind.LimitReached : SignalKind.LimitCleared, worker.Key, Reason: Reason.Custom));
    }

    private void WatchCode(string? source)
    {
        if (source is null)
        {
            return;
        }
        _adapterFiles.Add(source);
        if (!_options.WatchAdapter || Interlocked.Exchange(ref _watchesCode, true))
        {
            return;
        }
        AdapterWatch? watch = AdapterWatch.TryCreate(source, _adapterFiles, _time, OnCodeChanged, _reporter.CodeNotWatched);
        lock (_gate)
        {
            if (_kernel.State is not (PoolState.Stopping or PoolState.Stopped))
            {
                _codeWatch = watch;
                return;
            }
        }
        watch?.Dispose();
    }

    public async Task RenewZygoteAsync(CancellationToken cancellationToken)
    {
        IWorkerLauncher? launcher;
        lock (_gate)
        {
            if (_kernel.State is PoolState.Stopping or PoolState.Stopped)
            {
                throw Stopped();
            }
            launcher = _launcher;
        }
        if (launcher is null)
        {
            return; // the first is yet to come
        }
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        launcher.ReplaceZygote(_blueprint!, () => renewed.TrySetResult());
        try
        {
            await renewed.Task.WaitAsync(_options.Boot.Timeout, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its imports hang; until it is ready workers are started without it.
        }
    }

    internal void OnCodeChanged()
    {
        lock (_gate)
        {
            if (_kernel.State is PoolState.Stopping or PoolState.Stopped)
            {
                return;
            }
        }
        _reporter.CodeChanged();
        try
        {
            _launcher!.ReplaceZygote(_blueprint!, () => Command(new PoolCommand(CommandKind.CodeChanged)));
        }
        catch (Exception error)
        {
            OnEffectFailed(error); // on a timer's thread it would end the host
        }
    }
}
