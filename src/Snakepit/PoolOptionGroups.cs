namespace Snakepit;

/// <summary>Options for how a worker's process is created and prepared.</summary>
public sealed class StartOptions
{
    /// <summary>Gets or sets how a worker's process is created. Default <see cref="StartMethod.Auto"/>.</summary>
    public StartMethod Method { get; set; }

    /// <summary>Gets the names of the modules that a zygote imports once, so that its workers start with them and share their memory. If
    /// there are none and <see cref="Method"/> is <see cref="StartMethod.Zygote"/>, the zygote imports what the adapter imports. Default:
    /// empty.</summary>
    public IList<string> Preload { get; } = [];

    /// <summary>Gets or sets the name of a tool that every worker runs once, without arguments, after <c>setup()</c> and before it counts
    /// as ready. Default null: none.</summary>
    public string? Warmup { get; set; }

    /// <summary>Gets or sets how many workers of this pool may be starting at once, for whatever reason: the first start, a replacement, a
    /// spare, or a restart after a crash. <see cref="SnakepitOptions.MaxConcurrentStarts"/> limits the starts of all pools together.
    /// Default: the processor count.</summary>
    public int MaxConcurrent { get; set; } = Environment.ProcessorCount;

    internal bool UsesZygote => Method == StartMethod.Zygote || (Method == StartMethod.Auto && Preload.Count > 0);
}

/// <summary>Options for the queue of calls that wait for a worker.</summary>
public sealed class QueueOptions
{
    private TimeSpan? _timeout;

    /// <summary>Gets or sets how many calls may wait in the queue. <see cref="WhenFull"/> decides what happens to further calls. At 0, no
    /// call waits. Default 1,000.</summary>
    public int Limit { get; set; } = 1_000;

    /// <summary>Gets or sets what happens to a call when <see cref="Limit"/> calls are waiting. Default
    /// <see cref="QueueFullMode.Reject"/>.</summary>
    public QueueFullMode WhenFull { get; set; }

    /// <summary>Gets or sets how long a call may wait before it is rejected with <see cref="PoolSaturatedException"/>; infinite: as long as
    /// its own timeout allows. Default 5 s; infinite with <see cref="QueueFullMode.Wait"/>.</summary>
    public TimeSpan Timeout
    {
        get => _timeout ?? (WhenFull == QueueFullMode.Wait ? System.Threading.Timeout.InfiniteTimeSpan : Defaults.Queue);
        set => _timeout = value;
    }

    /// <summary>Gets or sets whether a call is rejected if it would come too late, judging by recent run times. It is rejected at once if
    /// the work ahead of it clearly takes longer than the call can wait. After a wait, it is rejected if it has less time left than its
    /// tool needs. Tools count only after 16 runs. Default true.</summary>
    public bool RejectLate { get; set; } = true;

    /// <summary>Gets or sets the head start in the queue that each step of <see cref="ToolCallOptions.Priority"/> gives: a waiting call
    /// counts as submitted this much earlier. Default 1 s.</summary>
    public TimeSpan PriorityStep { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets whether the keys in <see cref="ToolCallOptions.FairnessKey"/> take turns within a priority. Default
    /// <see cref="QueueFairness.None"/>.</summary>
    public QueueFairness Fairness { get; set; }

    /// <summary>Gets or sets how many calls of one <see cref="ToolCallOptions.FairnessKey"/> may wait, in the queue or for room in it.
    /// Further calls are rejected with <see cref="PoolSaturatedException"/>, regardless of <see cref="WhenFull"/>. Default null: only
    /// <see cref="Limit"/> applies.</summary>
    public int? LimitPerKey { get; set; }

    internal TimeoutDefaults Defaults { private get; init; } = new();
}

/// <summary>Limits of a call.</summary>
public sealed class CallLimitOptions
{
    private TimeSpan? _timeout;
    private TimeSpan? _streamIdleTimeout;
    private TimeSpan? _cancelGrace;

    /// <summary>Gets or sets how long a call may take from submission to reply, unless <see cref="ToolCallOptions.Timeout"/> sets another
    /// value. It does not apply to streams. Default 60 s.</summary>
    public TimeSpan Timeout
    {
        get => _timeout ?? Defaults.Call;
        set => _timeout = value;
    }

    /// <summary>Gets or sets how long the caller of a stream waits for the next item before the stream fails with
    /// <see cref="CallTimeoutException"/>. The time that the caller itself takes between items does not count. Default 300 s.</summary>
    public TimeSpan StreamIdleTimeout
    {
        get => _streamIdleTimeout ?? Defaults.StreamIdle;
        set => _streamIdleTimeout = value;
    }

    /// <summary>Gets or sets how long a worker may continue an abandoned call before the pool kills and replaces the worker. Default 2
    /// s.</summary>
    public TimeSpan CancelGrace
    {
        get => _cancelGrace ?? Defaults.CancelGrace;
        set => _cancelGrace = value;
    }

    /// <summary>Gets or sets the maximum number of runs of one call of an idempotent tool when workers die during the call. A call that had
    /// not begun always runs elsewhere. At 1, no call runs again. Default 3; at least 1, at most 100.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Gets or sets the maximum size of an encoded argument list or result. Default 100 MiB; at least 1 KiB, below 2
    /// GiB.</summary>
    public MemorySize MaxMessage { get; set; } = MemorySize.FromMiB(100);

    /// <summary>Gets or sets how many calls of the pool may run at once in all its workers, to protect a shared resource such as a device
    /// or a database. Unlike the limits of the same name for starts and replacements, it limits calls, not workers. Further calls wait. An
    /// abandoned call counts until its worker has finished with it; health checks do not count. Default null: as many as there are
    /// workers.</summary>
    public int? MaxConcurrent { get; set; }

    internal TimeoutDefaults Defaults { private get; init; } = new();
}

/// <summary>The limit of the time that a single start may take.</summary>
public sealed class BootOptions
{
    private TimeSpan? _timeout;

    /// <summary>Gets or sets how long a worker may take from launch to ready, including imports and <c>setup()</c>. A worker that takes
    /// longer is killed, and its start counts as failed. Default 30 s.</summary>
    public TimeSpan Timeout
    {
        get => _timeout ?? Defaults.Boot;
        set => _timeout = value;
    }

    internal TimeoutDefaults Defaults { private get; init; } = new();
}

/// <summary>Limits of a worker's memory. Only private memory counts: memory that the system would get back if the worker ended.</summary>
public sealed class MemoryOptions
{
    /// <summary>Gets or sets how much private memory a worker may gain, counted from when it became ready, before it is replaced; reported
    /// as <c>memory_threshold</c>. The worker is asked to collect its garbage first. Memory that a call took counts only if it is still in
    /// use when the call is over. <see cref="WorkerMemory.SoftLimit"/> is the resulting limit of a worker. Default null: no
    /// limit.</summary>
    public MemorySize? SoftLimit { get; set; }

    /// <summary>Gets or sets the total private memory, including child processes, at which a worker is killed at once and replaced;
    /// reported as <c>memory_limit</c>. A hard limit must be above <see cref="SoftLimit"/>. Default null: no limit.</summary>
    public MemorySize? HardLimit { get; set; }

    /// <summary>Gets or sets how often memory and processor time are read. Default 250 ms.</summary>
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>Options for how the pool detects workers that no longer work.</summary>
public sealed class HealthOptions
{
    private TimeSpan? _livenessTimeout;

    /// <summary>Gets or sets how often an idle worker is checked with <see cref="CheckTool"/> or the adapter's <c>health_check()</c>.
    /// Default 5 min.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets or sets the name of the tool that checks a worker, called without arguments. The check fails if the tool raises,
    /// returns false, or takes longer than <see cref="LivenessTimeout"/>. The worker is then replaced; reported as
    /// <c>health_check_failed</c>. Default null: the adapter's <c>health_check()</c>, if it has one.</summary>
    public string? CheckTool { get; set; }

    /// <summary>Gets or sets the longest interval between two heartbeats of a worker. Default 30 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long a worker may take to answer a heartbeat. An idle worker that misses it is replaced; a busy worker is
    /// shown as unresponsive. Default 10 s.</summary>
    public TimeSpan LivenessTimeout
    {
        get => _livenessTimeout ?? Defaults.Liveness;
        set => _livenessTimeout = value;
    }

    /// <summary>Gets or sets how long a worker may be unresponsive during a call before it is killed. Default null: only the call's own
    /// timeout ends it.</summary>
    public TimeSpan? UnresponsiveTimeout { get; set; }

    internal TimeoutDefaults Defaults { private get; init; } = new();
}

/// <summary>Options for the pauses between starts that fail. They apply to restarts after crashes, too.</summary>
public sealed class RestartOptions
{
    /// <summary>Gets or sets the pause before the next start after a first failure: a start that failed, or a worker that died before it
    /// had answered a call. The pause grows fourfold with each further failure, up to <see cref="MaxBackoff"/>. Default 100 ms.</summary>
    public TimeSpan InitialBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Gets or sets the longest pause between starts that fail. Default 30 s.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets how long failures with the same cause are counted together. If the pauses of two failures end further apart
    /// than this, the pauses begin anew. Default 60 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Gets or sets the random share of each pause, so that pools do not restart in step. Default 0.2; at least 0, at most
    /// 1.</summary>
    public double Jitter { get; set; } = 0.2;
}

/// <summary>Options for how workers and the pool stop.</summary>
public sealed class StopOptions
{
    /// <summary>Gets or sets how long stopping the pool may take, including running calls, before workers are killed. Default 25 s, below
    /// the generic host's 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Gets or sets how long a worker may take to end after it was told to end, and again after it was killed, before the next
    /// step. Default 5 s.</summary>
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets whether calls that wait when the pool stops still run, within <see cref="Timeout"/>. Otherwise, they are
    /// rejected. Default false.</summary>
    public bool DrainQueue { get; set; }
}

/// <summary>Options for the interpreter that runs the workers, and for its environment.</summary>
public sealed class PythonOptions
{
    /// <summary>Gets or sets the interpreter: a path or a command name. Set only one of this, <see cref="Environment"/> and
    /// <see cref="Project"/>. Default null: the pool tries <c>SNAKEPIT_PYTHON</c>, an active environment, python3, python.</summary>
    public string? Executable { get; set; }

    /// <summary>Gets or sets the folder of a virtual or conda environment, whose interpreter runs the workers. The workers' <c>PATH</c>
    /// starts with its programs, as if it was activated. Default null.</summary>
    public string? Environment { get; set; }

    /// <summary>Gets or sets the folder of a Python project. The environment in its <c>.venv</c> folder, or <c>venv</c>, runs the workers,
    /// as if <see cref="Environment"/> named it. If there is none, the error says which command creates it from the project's
    /// <c>uv.lock</c>, <c>pyproject.toml</c> or <c>requirements.txt</c>. Default null.</summary>
    public string? Project { get; set; }

    /// <summary>Gets or sets which versions may run the workers, in Python's own notation: <c>3.12</c>, <c>&gt;=3.11</c>,
    /// <c>&gt;=3.10,&lt;3.13</c>. An interpreter with another version is passed over, and commands with a version, such as
    /// <c>python3.12</c>, are tried too. Default null: 3.9 or newer.</summary>
    public string? Version { get; set; }

    /// <summary>Gets or sets whether the start of the pool prepares an environment for <see cref="Project"/>: it creates one in the user's
    /// cache folder and installs the packages of <c>uv.lock</c>, <c>requirements.txt</c> or <c>pyproject.toml</c> with uv or pip, unless
    /// that was done before for the same files and interpreter. The project's own <c>.venv</c> is not used. Default false.</summary>
    public bool PrepareEnvironment { get; set; }

    /// <summary>Gets or sets how long <see cref="PrepareEnvironment"/> may take, with the wait for another process that does the same.
    /// Default 10 min.</summary>
    public TimeSpan PrepareTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets the folders that are placed before Python's own module path. Default: empty.</summary>
    public IList<string> PythonPath { get; } = [];

    /// <summary>Gets the environment variables of the workers, which override those of the host. A null value removes a variable. They are
    /// never logged and never appear on a command line. Default: empty.</summary>
    public IDictionary<string, string?> Variables { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);
}

/// <summary>Options for how values are converted between .NET and Python.</summary>
public sealed class ValueOptions
{
    /// <summary>Gets or sets the encoding of arguments and results. Default <see cref="ValueCodec.Auto"/>.</summary>
    public ValueCodec Codec { get; set; }

    /// <summary>Gets or sets what a result contains in place of a Python value that has no wire form. Default
    /// <see cref="UnserializableDetail.Type"/>.</summary>
    public UnserializableDetail Unserializable { get; set; } = UnserializableDetail.Type;

    /// <summary>Gets or sets the maximum length of a <c>repr</c> that a marker shows, in characters. Default 500; at most 2,000.</summary>
    public int ReprMaxLength { get; set; } = 500;

    /// <summary>Gets or sets whether a result that is read as an object must have a value for every constructor parameter without a
    /// default, and no None for a member whose type is not nullable. If true, a missing value causes a <see cref="ToolResultException"/>;
    /// otherwise, the member gets the default of its type. Members declared <c>required</c> must always be there. Default false.</summary>
    public bool RequireMembers { get; set; }
}

/// <summary>Options for how host and workers communicate.</summary>
public sealed class TransportOptions
{
    /// <summary>Gets or sets whether only features that every Unix has are used, which is slower: sockets instead of pipes, and no shared
    /// memory. No call then waits inside a busy worker, no plain tool is interrupted when its call is cancelled, and an unsent reply is
    /// lost if its worker dies. Default false.</summary>
    public bool Portable { get; set; }
}

/// <summary>Specifies what happens to a call when the queue is full.</summary>
public enum QueueFullMode
{
    /// <summary>The call is rejected at once with <see cref="PoolSaturatedException"/>, so that overload shows where it arises.</summary>
    Reject,

    /// <summary>The caller waits until the queue has room, for as long as the call's timeout and <see cref="QueueOptions.Timeout"/> allow.
    /// Room is given in the order in which the queue serves calls. The arguments are not encoded meanwhile. Nothing limits the number of
    /// waiting callers, and each takes memory.</summary>
    Wait,
}

/// <summary>Specifies the order of calls with the same priority.</summary>
public enum QueueFairness
{
    /// <summary>Calls are served in the order in which they came.</summary>
    None,

    /// <summary>The keys take turns: the first call of each <see cref="ToolCallOptions.FairnessKey"/>, then the second of each, and so
    /// on.</summary>
    RoundRobin,
}

/// <summary>Specifies the encoding of arguments and results. Values come out equal with either.</summary>
public enum ValueCodec
{
    /// <summary><see cref="Marshal"/> if the interpreter is CPython, otherwise <see cref="Json"/>.</summary>
    Auto,

    /// <summary>JSON, which is human-readable and works with every interpreter.</summary>
    Json,

    /// <summary>CPython's own binary format. It takes about half of JSON's time for dictionaries, and a tenth or less for many numbers.
    /// Workers of other interpreters do not start.</summary>
    Marshal,
}

/// <summary>Specifies how much a marker reveals about a Python value that could not be encoded.</summary>
public enum UnserializableDetail
{
    /// <summary>Only that there was such a value.</summary>
    None,

    /// <summary>The name of the value's type.</summary>
    Type,

    /// <summary>The name of the type and the <c>repr</c>, truncated to <see cref="ValueOptions.ReprMaxLength"/>.</summary>
    ReprTruncated,

    /// <summary>The same as <see cref="ReprTruncated"/>, with anything that looks like a key, token or password blanked first.</summary>
    ReprRedacted,
}

/// <summary>Specifies how a worker's process is created.</summary>
public enum StartMethod
{
    /// <summary><see cref="Zygote"/> if <see cref="StartOptions.Preload"/> names modules, otherwise <see cref="Spawn"/>.</summary>
    Auto,

    /// <summary>A new interpreter for every worker.</summary>
    Spawn,

    /// <summary>A fork of a process that has imported <see cref="StartOptions.Preload"/>, or the adapter's imports. It starts in
    /// milliseconds, and workers share the memory of the imports. If forking is unsafe, the pool logs a warning and spawns.</summary>
    Zygote,
}

/// <summary>Specifies the order in which a worker is replaced.</summary>
public enum RecycleMode
{
    /// <summary>The replacement is ready before the old worker stops taking calls. If the machine has no memory for both, the pool stops
    /// the old worker first and logs a warning.</summary>
    StartFirst,

    /// <summary>The old worker ends before its replacement starts, for pools that cannot afford two: one device, or much memory.
    /// <see cref="PoolOptions.MinReady"/> must be below <see cref="PoolOptions.Size"/>.</summary>
    StopFirst,
}
