using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.ObjectPool;
using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Telemetry;
using Snakepit.Transport;
using Snakepit.Transport.Values;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>The shell around the kernel: turns calls and signals into kernel steps and carries out their effects. The kernel decides, this acts.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A pool belongs to its runtime and must not be disposable by a container; StopAsync ends its timer.")]
internal sealed partial class WorkerPool : IWorkerPool
{
    private const int MaxToolName = 1_000;
    private const int MaxSpareCalls = 1_024;
    private const double NanosecondsPerTick = 100;
    private readonly PoolOptions _options;
    private readonly PoolReporter _reporter;
    private readonly TimeProvider _time;
    private readonly ValueCodecs _codecs;
    private readonly PoolKernel _kernel;
    private readonly Lock _gate = new();
    private readonly IReadOnlyDictionary<string, string> _effectiveOptions;
    private readonly Action<PoolWorker> _askPolicies;
    private List<PoolWorker>[] _workers;
    private readonly ITimer _timer;
    private readonly Action<object?> _abandon;
    private readonly double _unitsPerTick;
    private readonly ObjectPool<ToolCall> _spareCalls = new DefaultObjectPool<ToolCall>(new DefaultPooledObjectPolicy<ToolCall>(), MaxSpareCalls);
    private IWorkerLauncher? _launcher;
    private WorkerBlueprint? _blueprint;
    private ToolCall?[] _calls = new ToolCall?[64];
    private string[] _toolNames = new string[64]; // of calls: a worker may still run one whose caller has gone
    private long _armedAt = long.MaxValue;
    private ToolTable _tools = ToolTable.Empty;
    private SnakepitException? _unstartable;
    private BodyFormat _format; // of calls: what the workers like best, once one has said so

    /// <param name="name">The pool's name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="effectiveOptions">The same, as text for whoever looks at the pool.</param>
    /// <param name="codecs">How values are written.</param>
    /// <param name="time">The clock.</param>
    /// <param name="sampler">Who reads the memory of workers.</param>
    /// <param name="reporter">Who tells what happens.</param>
    /// <param name="seed">Of what the kernel leaves to chance.</param>
    public WorkerPool(
        string name, PoolOptions options, IReadOnlyDictionary<string, string> effectiveOptions, ValueCodecs codecs, TimeProvider time, Sampler sampler,
        PoolReporter reporter, ulong seed)
    {
        Name = name;
        _options = options;
        _codecs = codecs;
        _time = time;
        _reporter = reporter;
        _effectiveOptions = effectiveOptions;
        _sampler = sampler;
        _sampling = PlanSampling(options);
        _policies = [.. options.Recycle.Policies];
        _askPolicies = worker => worker.JudgeOnce(AskPoliciesOnce);
        _unitsPerTick = (double)time.TimestampFrequency / TimeSpan.TicksPerSecond;
        _kernel = new PoolKernel(PoolPlan.FromOptions(options, time.TimestampFrequency), seed);
        _workers = [.. Enumerable.Range(0, options.Size + options.Spares).Select(static _ => new List<PoolWorker>(2))];
        _abandon = state => Abandon((ToolCall)state!);
        _reporter.Attach(ReadGauges);
        _timer = time.CreateTimer(static pool => ((WorkerPool)pool!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name { get; }

    /// <summary>Raised after every step, outside the lock: what probes of tests wait for.</summary>
    internal event Action? Stepped;

    public IReadOnlyList<ToolDescriptor> Tools { get; private set; } = [];

    public ValueTask ExecuteAsync(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ValueTask<Nothing> call = ExecuteAsync<Nothing>(tool, arguments, options, cancellationToken);
        return call.IsCompletedSuccessfully ? default : new ValueTask(call.AsTask());
    }

    public ValueTask<T> ExecuteAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken) =>
        SnakepitTracing.HasListeners ? TraceAsync<T>(tool, arguments, options, cancellationToken) : RunAsync<T>(tool, arguments, options, cancellationToken);

    /// <summary>Begins to start workers. Calls may have been queued before.</summary>
    public void Start(IWorkerLauncher launcher, WorkerBlueprint blueprint)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            _startedAt = _time.GetTimestamp();
            _launcher = launcher;
            _blueprint = blueprint;
            _sampler.FreeMemoryRead += OnFreeMemory;
            _kernel.Start(_time.GetTimestamp(), batch.Effects);
            AfterStep_NeedsLock(batch);
        }
        Perform(batch);
    }

    /// <summary>The pool can't even try to start workers, for want of an interpreter or an adapter: calls are rejected with the reason.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isThrown">The one who starts the pool gets the reason as an exception; else the log is the only place that tells it.</param>
    public void GiveUp(SnakepitException reason, bool isThrown)
    {
        lock (_gate)
        {
            _unstartable = reason;
        }
        if (!isThrown)
        {
            _reporter.Unstartable(reason);
        }
        _ = StopAsync(CancellationToken.None);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<T> RunAsync<T>(string tool, ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ToolCall call = Submit(tool, arguments, options, cancellationToken);
        await call.Completion.ConfigureAwait(false);
        try
        {
            EnsureSuccess(call);
            return typeof(T) == typeof(Nothing) ? default! : _codecs.Of(call.ReplyFormat).Read<T>(call.Reply);
        }
        finally
        {
            if (call.TryReset())
            {
                _spareCalls.Return(call);
            }
        }
    }

    private ToolCall Submit(string tool, in ToolArguments arguments, ToolCallOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(tool);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tool.Length, MaxToolName, nameof(tool));
        TimeSpan timeout = options?.Timeout ?? _options.Call.Timeout;
        cancellationToken.ThrowIfCancellationRequested();
        ToolCall call = _spareCalls.Get();
        CallBody body = call.Body;
        BodyFormat format = _format; // once: the first worker may be getting ready meanwhile
        body.Format = format;
        _codecs.Of(format).WriteCall(body, tool, arguments);
        if (body.BodyLength > _options.Call.MaxMessage.Bytes)
        {
            throw new ArgumentException(
                $"The arguments of '{tool}' take {body.BodyLength:N0} bytes, above Call.MaxMessage ({_options.Call.MaxMessage}) of pool '{Name}'. Send less, or raise Call.MaxMessage.",
                nameof(arguments));
        }
        long now = _time.GetTimestamp();
        call.Begin(tool, timeout, now, DeadlineAfter(now, timeout), cancellationToken);
        KnownTool known = _tools.Find(tool);
        Admission admission = Admit(call, new CallSpec(call.Deadline, options?.Idempotent ?? known.Idempotent, known.Number, call.Body.Frame.Length, InputOf(call)));
        if (!admission.Accepted)
        {
            _reporter.Rejected(admission.Rejection);
            throw CreateException(call, new CallEnd(admission.Rejection, QueueLength: admission.QueueLength));
        }
        if (admission.QueueLength == 1)
        {
            _reporter.CapacityReached(); // nobody waited before
        }
        call.WatchCancellation(_abandon);
        return call;
    }

    private long DeadlineAfter(long now, TimeSpan timeout)
    {
        double units = timeout.Ticks * _unitsPerTick;
        return timeout == Timeout.InfiniteTimeSpan || units >= long.MaxValue - now ? long.MaxValue : now + (long)units;
    }

    private Admission Admit(ToolCall call, in CallSpec spec)
    {
        StepBatch batch = StepBatch.Rent();
        Admission admission;
        lock (_gate)
        {
            admission = _kernel.Submit(call.SubmittedAt, spec, batch.Effects);
            _trace.Add(call.SubmittedAt, TraceKind.Submit, default, admission.Call, (int)admission.Rejection);
            if (admission.Accepted)
            {
                Register_NeedsLock(call, admission.Call, queued: admission.QueueLength > 0);
            }
            AfterStep_NeedsLock(batch);
        }
        Perform(batch, byCaller: true);
        return admission;
    }

    private void Register_NeedsLock(ToolCall call, CallKey key, bool queued)
    {
        call.Key = key;
        call.Queued = queued;
        if (key.Index >= _calls.Length)
        {
            Array.Resize(ref _calls, Math.Max(_calls.Length * 2, key.Index + 1));
            Array.Resize(ref _toolNames, _calls.Length);
        }
        _calls[key.Index] = call;
        _toolNames[key.Index] = call.Tool;
    }

    private void Abandon(ToolCall call)
    {
        StepBatch batch = StepBatch.Rent();
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            _kernel.Abandon(now, call.Key, AbandonReason.Cancelled, batch.Effects);
            _trace.Add(now, TraceKind.Abandon, default, call.Key);
            AfterStep_NeedsLock(batch);
        }
        Perform(batch);
    }

    /// <summary>The result type of a call whose result is dropped.</summary>
    private readonly struct Nothing;
}
