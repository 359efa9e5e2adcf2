using Polly;

namespace Snakepit;

/// <summary>Options for one pool. They can be changed until the pool starts, which validates and reads them. After that, only a reload
/// (<see cref="ISnakepit.ReloadAsync"/>) changes them.</summary>
public sealed class PoolOptions
{
    /// <summary>Creates options with their defaults.</summary>
    public PoolOptions()
    {
        Queue = new QueueOptions { Defaults = Timeouts };
        Call = new CallLimitOptions { Defaults = Timeouts };
        Session = new WorkerSessionOptions { Defaults = Timeouts };
        Boot = new BootOptions { Defaults = Timeouts };
        Recycle = new RecycleOptions { Defaults = Timeouts };
        Health = new HealthOptions { Defaults = Timeouts };
    }

    /// <summary>Gets or sets where the tools are: a Python file (<c>adapters/text.py</c>), a module (<c>acme.text</c>) or
    /// <c>module:Class</c> (also <c>file.py:Class</c>). Required. A relative file path is looked up in the application's folder, then in
    /// the working directory. In the Development environment, the project's folder comes first, so that an edit takes effect without a
    /// build.</summary>
    public string Adapter { get; set; } = "";

    /// <summary>Gets or sets how many workers the pool keeps. With a <see cref="MaxSize"/> above the <see cref="MinSize"/>, the pool begins
    /// with this number, or the nearest one between the two, and its size follows the load; a reload of this option alone then does not
    /// change the present size. Default: the processor count; at least 1, at most 10,000.</summary>
    public int Size { get; set; } = Environment.ProcessorCount;

    /// <summary>Gets or sets the least number of workers. If it is below <see cref="MaxSize"/>, the number of workers follows the load, as
    /// <see cref="Scale"/> says. At least 1, at most 10,000. Default null: <see cref="Size"/>.</summary>
    public int? MinSize { get; set; }

    /// <summary>Gets or sets the greatest number of workers. If it is above <see cref="MinSize"/>, the number of workers follows the load,
    /// as <see cref="Scale"/> says, as far as <see cref="SnakepitOptions.MemoryBudget"/> and the machine's memory have room. At least
    /// 1, at most 10,000. Default null: <see cref="Size"/>.</summary>
    public int? MaxSize { get; set; }

    /// <summary>Gets the options for when the number of workers changes between <see cref="MinSize"/> and <see cref="MaxSize"/>.</summary>
    public ScaleOptions Scale { get; } = new();

    /// <summary>Gets or sets whether a worker runs one call at a time (<see cref="WorkerProfile.Process"/>) or several, on threads
    /// (<see cref="WorkerProfile.Thread"/>). Default Process.</summary>
    public WorkerProfile Profile { get; set; } = WorkerProfile.Process;

    /// <summary>Gets or sets how many calls a worker runs at once with <see cref="WorkerProfile.Thread"/>, each on a thread of its own.
    /// Has no effect with <see cref="WorkerProfile.Process"/>. Default 8; at least 1, at most 1,000.</summary>
    public int ThreadsPerWorker { get; set; } = 8;

    /// <summary>Gets or sets how many calls of <c>async def</c> tools a worker runs at once with <see cref="WorkerProfile.Thread"/>, on one
    /// event loop. A worker takes this many calls, or <see cref="ThreadsPerWorker"/> if that is more; calls of plain tools may wait in it
    /// for a thread. At least 1, at most 10,000. Default null: as many as <see cref="ThreadsPerWorker"/>.</summary>
    public int? AsyncCallsPerWorker { get; set; }

    /// <summary>Gets or sets what an adapter must fulfil to run with <see cref="WorkerProfile.Thread"/>, besides
    /// <c>thread_safe = True</c>. Has no effect with <see cref="WorkerProfile.Process"/>. Default Watch.
    /// </summary>
    public ThreadSafetyMode ThreadSafety { get; set; } = ThreadSafetyMode.Watch;

    /// <summary>Gets or sets the kind of work for which the default timeouts are chosen. The profile changes the defaults of
    /// <see cref="CallLimitOptions.Timeout"/>, <see cref="CallLimitOptions.StreamIdleTimeout"/>,
    /// <see cref="CallLimitOptions.CancelGrace"/>, <see cref="QueueOptions.Timeout"/>, <see cref="BootOptions.Timeout"/>,
    /// <see cref="RecycleOptions.DrainTimeout"/>, <see cref="HealthOptions.LivenessTimeout"/> and
    /// <see cref="WorkerSessionOptions.MoveTimeout"/>. A timeout that you set, in any place, keeps its value. Default
    /// Balanced.</summary>
    public TimeoutProfile TimeoutProfile
    {
        get => Timeouts.Profile;
        set => Timeouts.Profile = value;
    }

    /// <summary>Gets or sets how many of the <see cref="Size"/> workers must be ready before the pool counts as started and healthy.
    /// Planned replacements and <see cref="RecycleOptions.IdleTimeout"/> never leave fewer workers than this. Default 1; at most
    /// <see cref="Size"/>, <see cref="MinSize"/> and <see cref="MaxSize"/>.</summary>
    public int MinReady { get; set; } = 1;

    /// <summary>Gets or sets how many workers are kept ready in addition to <see cref="Size"/>. A spare gets no calls until it takes over
    /// the slot of a worker that has ended or is due to be replaced, so no call waits for a start. Each spare takes as much memory as a
    /// worker. Default 0.</summary>
    public int Spares { get; set; }

    /// <summary>Gets or sets whether all workers are replaced when the adapter's file, or a Python file next to it, changes. The adapter of
    /// another pool counts only if this one can import it. One worker tries the new code first; if it cannot start, the old workers
    /// stay. Default false.</summary>
    public bool WatchAdapter { get; set; }

    /// <summary>Gets the options for how a worker's process is created and prepared. <see cref="Boot"/> limits the time of a start, and
    /// <see cref="Restart"/> sets the pauses after starts that have failed.</summary>
    public StartOptions Start { get; } = new();

    /// <summary>Gets the options for the queue of waiting calls.</summary>
    public QueueOptions Queue { get; }

    /// <summary>Gets the limits of a call.</summary>
    public CallLimitOptions Call { get; }

    /// <summary>Gets the options for sessions, whose calls share state in a worker.</summary>
    public WorkerSessionOptions Session { get; }

    /// <summary>Gets the limit of the time that a single start may take. <see cref="Start"/> says how workers start.</summary>
    public BootOptions Boot { get; }

    /// <summary>Gets the options for when and how workers are replaced on purpose.</summary>
    public RecycleOptions Recycle { get; }

    /// <summary>Gets the limits of a worker's memory.</summary>
    public MemoryOptions Memory { get; } = new();

    /// <summary>Gets the options for how the pool detects workers that no longer work.</summary>
    public HealthOptions Health { get; }

    /// <summary>Gets the options for the pauses between starts that fail. <see cref="Boot"/> decides when a start has failed.</summary>
    public RestartOptions Restart { get; } = new();

    /// <summary>Gets the options for retrying calls that failed through no fault of their own.</summary>
    public RetryOptions Retry { get; } = new();

    /// <summary>Gets the options of the circuit breaker, which refuses calls after too many have failed.</summary>
    public BreakerOptions Breaker { get; } = new();

    /// <summary>Gets or sets a Polly pipeline around every call. It replaces <see cref="Retry"/> and <see cref="Breaker"/>, which must then
    /// keep their defaults. <see cref="SnakepitException.IsTransient"/> says which failures the pipeline may retry. Default null.</summary>
    public ResiliencePipeline? Pipeline { get; set; }

    /// <summary>Gets the options for inputs and devices that kill workers.</summary>
    public CrashOptions Crash { get; } = new();

    /// <summary>Gets the options for how workers and the pool stop.</summary>
    public StopOptions Stop { get; } = new();

    /// <summary>Gets the options for the interpreter and its environment.</summary>
    public PythonOptions Python { get; } = new();

    /// <summary>Gets the options for how values are converted between .NET and Python.</summary>
    public ValueOptions Values { get; } = new();

    /// <summary>Gets the functions of the host that Python may call, as <c>ctx.host.lookup(key="x")</c>.</summary>
    public HostToolOptions Tools { get; } = new();

    /// <summary>Gets the options for what tools tell with <c>ctx.telemetry</c>.</summary>
    public PythonTelemetryOptions Telemetry { get; } = new();

    /// <summary>Gets the options for how host and workers communicate.</summary>
    public TransportOptions Transport { get; } = new();

    private TimeoutDefaults Timeouts { get; } = new();

    /// <summary>The greatest number of workers, without spares and replacements.</summary>
    internal int MostWorkers => MaxSize ?? Math.Max(Size, MinSize ?? Size);

    /// <summary>The least number of workers.</summary>
    internal int LeastWorkers => MinSize ?? Math.Min(Size, MaxSize ?? Size);

    /// <summary>The calls that a worker runs at once.</summary>
    internal int Capacity => Profile == WorkerProfile.Thread ? Math.Max(ThreadsPerWorker, AsyncCallsPerWorker ?? 0) : 1;
}
