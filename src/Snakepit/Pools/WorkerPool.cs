using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.ObjectPool;
using Snakepit.Frames;
using Snakepit.Lifecycle;
using Snakepit.Pools.Kernel;
using Snakepit.Resilience;
using Snakepit.Telemetry;
using Snakepit.Transport.Values;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>The shell around the kernel: turns calls and signals into kernel steps and carries out their effects. The kernel decides, this acts.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A pool belongs to its runtime and must not be disposable by a container; StopAsync ends its timer.")]
internal sealed partial class WorkerPool : IWorkerPool
{
    private const int MaxSpareCalls = 1_024;
    private const double NanosecondsPerTick = 100;
    private readonly PoolOptions _options;
    private readonly PoolReporter _reporter;
    private readonly TimeProvider _time;
    private readonly ValueCodecs _codecs;
    private PoolPlan _plan;
    private ulong _seed;
    private PoolKernel _kernel; // to be looked at
    private KernelTrace _trace; // to make steps
    private readonly WaitingRoom? _room; // null: a full queue rejects
    private readonly Lock _gate = new();
    private readonly IReadOnlyDictionary<string, string> _effectiveOptions;
    private List<PoolWorker>[] _workers;
    private readonly ITimer _timer;
    private readonly Action<object?> _abandon;
    private readonly double _unitsPerTick;
    private readonly ObjectPool<UnaryCall> _spareCalls = new DefaultObjectPool<UnaryCall>(new DefaultPooledObjectPolicy<UnaryCall>(), MaxSpareCalls);
    private StartGate? _starts;
    private IWorkerLauncher? _launcher;
    private WorkerBlueprint? _blueprint;
    private UnaryCall?[] _calls = new UnaryCall?[64];
    private string[] _toolNames = new string[64]; // of calls: a worker may still run one whose caller has gone
    private long _armedAt = long.MaxValue;
    private ToolTable _tools = ToolTable.Empty;
    private SnakepitException? _unstartable;
    private BodyFormat _format; // of calls: what the workers like best, once one has said so

    /// <param name="name">The pool's name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="effectiveOptions">The same, as text for whoever looks at the pool.</param>
    /// <param name="codecs">How values are written.</param>
    /// <param name="services">The clock and its timers.</param>
    /// <param name="sampler">Who reads the memory of workers.</param>
    /// <param name="reporter">Who tells what happens.</param>
    /// <param name="seed">Of what the kernel leaves to chance.</param>
    public WorkerPool(
        string name, PoolOptions options, IReadOnlyDictionary<string, string> effectiveOptions, ValueCodecs codecs, RuntimeServices services, Sampler sampler,
        PoolReporter reporter, ulong seed)
    {
        Name = name;
        _options = options;
        _codecs = codecs;
        TimeProvider time = _time = services.TimeProvider;
        _adapterFiles = services.AdapterFiles;
        _reporter = reporter;
        _effectiveOptions = effectiveOptions;
        _sampler = sampler;
        _sampling = PlanSampling(options);
        _policies = new RecyclePolicies(this, options.Recycle.Policies, time, reporter);
        _pipeline = CallPipeline.Create(options, time, reporter);
        _unitsPerTick = (double)time.TimestampFrequency / TimeSpan.TicksPerSecond;
        _plan = PoolPlan.FromOptions(options, time.TimestampFrequency);
        _seed = seed;
        _kernel = new PoolKernel(_plan, seed);
        _room = options.Queue.WhenFull == QueueFullMode.Wait ? new WaitingRoom(_plan) : null;
        _trace = new KernelTrace(_kernel, _plan, seed);
        _defects = new DefectCount(_plan.RestartWindow);
        _workers = [.. Enumerable.Range(0, options.Size + options.Spares).Select(static _ => new List<PoolWorker>(2))];
        _abandon = state => Abandon((UnaryCall)state!);
        _reporter.Attach(ReadGauges);
        _timer = services.Timers.CreateTimer(static pool => ((WorkerPool)pool!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Name { get; }

    /// <summary>Raised after every step, outside the lock: what probes of tests wait for.</summary>
    internal event Action? Stepped;

    /// <inheritdoc cref="KernelTrace.Fault"/>
    internal Action<KernelStep>? Fault
    {
        get => _trace.Fault;
        set => _trace.Fault = value;
    }

    public IReadOnlyList<ToolDescriptor> Tools { get; private set; } = [];

    /// <summary>Begins to start workers. Calls may have been queued before.</summary>
    public void Start(IWorkerLauncher launcher, WorkerBlueprint blueprint, StartGate starts)
    {
        lock (_gate)
        {
            _startedAt = _time.GetTimestamp();
            _starts = starts;
            _launcher = launcher;
            _blueprint = blueprint;
            _sampler.FreeMemoryRead += OnFreeMemory;
        }
        Step(0, static (pool, in _, batch) =>
        {
            pool.StartIfMayStart_NeedsLock(pool._time.GetTimestamp(), batch);
            return 0;
        });
    }

    /// <summary>The pool will never start workers: calls are rejected with the reason.</summary>
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

    private void Abandon(UnaryCall call) => Step(call, static (pool, in call, batch) =>
    {
        if (pool._room is { } room && room.Remove(call))
        {
            batch.Ended.Add(new EndedCall(call, new CallEnd(Outcome.Cancelled)));
        }
        else if (pool._calls[call.Key.Index] == call) // else it is over, and its key may be another's of a later kernel
        {
            pool._trace.Apply(new KernelStep(StepKind.Abandon, pool._time.GetTimestamp()) { Call = call.Key, Why = AbandonReason.Cancelled }, batch.Effects);
        }
        return 0;
    });
}
