namespace Snakepit;

/// <summary>How workers are started.</summary>
public sealed class StartOptions
{
    /// <summary>By what a worker's process is made. Default <see cref="StartMethod.Auto"/>.</summary>
    public StartMethod Method { get; set; }

    /// <summary>Modules that a zygote imports once, so that its workers have them from their first moment and share their memory. Default empty.</summary>
    public IList<string> Preload { get; } = [];

    /// <summary>A tool that every worker runs once, without arguments, after <c>setup()</c> and before it counts as ready. Default null.</summary>
    public string? Warmup { get; set; }

    /// <summary>How many workers of the pool may be starting at once. Default: the processor count.</summary>
    public int MaxConcurrent { get; set; } = Environment.ProcessorCount;

    internal bool UsesZygote => Method == StartMethod.Zygote || (Method == StartMethod.Auto && Preload.Count > 0);
}

/// <summary>The pool's queue of calls that wait for a worker.</summary>
public sealed class QueueOptions
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    private TimeSpan? _timeout;

    /// <summary>How many calls may wait in the queue; what becomes of one more says <see cref="WhenFull"/>. Default 1,000. 0: nothing waits.</summary>
    public int Limit { get; set; } = 1_000;

    /// <summary>What becomes of a call that finds <see cref="Limit"/> calls waiting. Default <see cref="QueueFullMode.Reject"/>.</summary>
    public QueueFullMode WhenFull { get; set; }

    /// <summary>How long a call may wait before it is rejected with <see cref="PoolSaturatedException"/>; infinite: as long as its own timeout allows.
    /// Default 5 s; infinite with <see cref="QueueFullMode.Wait"/>.</summary>
    public TimeSpan Timeout
    {
        get => _timeout ?? (WhenFull == QueueFullMode.Wait ? System.Threading.Timeout.InfiniteTimeSpan : s_timeout);
        set => _timeout = value;
    }

    /// <summary>True: a call that would have to wait is rejected at once when what waits ahead of it clearly takes longer than it has, by what its tool
    /// and theirs have taken so far; and one that has waited and has less time left than its tool needs is not begun. Nothing is rejected so before
    /// the tools have run 16 times. Default true.</summary>
    public bool RejectLate { get; set; } = true;

    /// <summary>By how much earlier a call counts as submitted with each step of <see cref="ToolCallOptions.Priority"/>, when it has to wait. Default 1 s.</summary>
    public TimeSpan PriorityStep { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the calls of one <see cref="ToolCallOptions.FairnessKey"/> can hold up those of others. Default <see cref="QueueFairness.None"/>.</summary>
    public QueueFairness Fairness { get; set; }

    /// <summary>How many calls of one <see cref="ToolCallOptions.FairnessKey"/> may wait, in the queue or for room in it; one more is rejected with
    /// <see cref="PoolSaturatedException"/>, whatever <see cref="WhenFull"/> says. Default null: no limit beside <see cref="Limit"/>.</summary>
    public int? LimitPerKey { get; set; }
}

/// <summary>Limits of one call.</summary>
public sealed class CallLimitOptions
{
    /// <summary>How long a call may take from submission to reply unless <see cref="ToolCallOptions.Timeout"/> says otherwise. Default 60 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker may go on with a call nobody waits for before it is killed and replaced. Default 2 s.</summary>
    public TimeSpan CancelGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a call of an idempotent tool is run at most when workers die with it. Default 3; 1: never again. A call that had not begun
    /// is always run elsewhere.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>The largest encoded argument list or result. Default 100 MiB; at least 1 KiB, below 2 GiB.</summary>
    public MemorySize MaxMessage { get; set; } = MemorySize.FromMiB(100);

    /// <summary>How many calls of the pool may run at once in all its workers, for something that they share, such as a device or a database; others
    /// wait. Calls whose caller has gone count until their worker lets go of them, health checks do not. Default null: as many as there are workers.</summary>
    public int? MaxConcurrent { get; set; }
}

/// <summary>Limits of a worker's start.</summary>
public sealed class BootOptions
{
    /// <summary>How long a worker may take from launch to ready, import and <c>setup()</c> included. Default 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How much memory a worker may have. What it shares with others is not its own: counted is memory that its end would give back.</summary>
public sealed class MemoryOptions
{
    /// <summary>How much private memory a worker may gain after it became ready until it is replaced, as <c>memory_threshold</c>; first it is asked
    /// to collect its garbage. What a call has taken counts only if it is still there when the call is over. The judged limit is
    /// <see cref="WorkerMemory.SoftLimit"/>. Default null: no limit.</summary>
    public MemorySize? SoftLimit { get; set; }

    /// <summary>With how much private memory in all, its child processes included, a worker is killed at once and replaced, as <c>memory_limit</c>.
    /// Default null: no limit.</summary>
    public MemorySize? HardLimit { get; set; }

    /// <summary>How often memory and processor time are read. Default 250 ms.</summary>
    public TimeSpan SampleInterval { get; set; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>How the pool finds out that a worker is of no use any more.</summary>
public sealed class HealthOptions
{
    /// <summary>How often an idle worker is checked with <see cref="CheckTool"/> or the adapter's <c>health_check()</c>. Default 5 min.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A tool that is run as the check, without arguments. Raising, or returning false, fails it: the worker is replaced, as
    /// <c>health_check_failed</c>; so does taking longer than <see cref="LivenessTimeout"/>. Default null: the adapter's <c>health_check()</c>, if it has one.</summary>
    public string? CheckTool { get; set; }

    /// <summary>How often a worker is asked for a sign of life, at most. Default 30 s.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a sign of life may take. An idle worker that misses it is replaced; one that runs a call is shown as unresponsive. Default
    /// 10 s.</summary>
    public TimeSpan LivenessTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a worker may be unresponsive in a call until it is killed. Default null: only the call's own timeout ends it.</summary>
    public TimeSpan? UnresponsiveTimeout { get; set; }
}

/// <summary>How fast failed starts are repeated.</summary>
public sealed class RestartOptions
{
    /// <summary>The wait after the first failed start; it grows fourfold with each further one. Default 100 ms.</summary>
    public TimeSpan InitialBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between starts. Default 30 s.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Failures of one cause whose waits end longer apart than this are not held against each other: the waits begin anew. Default 60 s.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How much of each wait is random, from 0 to 1, so that pools do not restart in step. Default 0.2.</summary>
    public double Jitter { get; set; } = 0.2;
}

/// <summary>How workers and the pool are stopped.</summary>
public sealed class StopOptions
{
    /// <summary>How long stopping the pool may take, running calls included, before workers are killed. Default 25 s, below the generic host's 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>How long one worker may take to end after it was told to, and again after it was killed, before the next step. Default 5 s.</summary>
    public TimeSpan KillTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>True: calls that wait when the pool stops are still run, within <see cref="Timeout"/>. Default false: they are rejected.</summary>
    public bool DrainQueue { get; set; }
}

/// <summary>Which interpreter runs the workers, and in which environment.</summary>
public sealed class PythonOptions
{
    /// <summary>The interpreter: a path or a command name. Default null: SNAKEPIT_PYTHON, an active virtual environment, python3, python.</summary>
    public string? Executable { get; set; }

    /// <summary>A virtual environment's folder, whose interpreter is used. Default null.</summary>
    public string? Environment { get; set; }

    /// <summary>Folders put before Python's own module path. Default empty.</summary>
    public IList<string> PythonPath { get; } = [];

    /// <summary>Environment variables of the workers, over those of the host. A null value removes one. Never logged, never on a command line.</summary>
    public IDictionary<string, string?> Variables { get; } = new Dictionary<string, string?>(StringComparer.Ordinal);
}

/// <summary>How values cross between .NET and Python.</summary>
public sealed class ValueOptions
{
    /// <summary>What arguments and results are written in. Default <see cref="ValueCodec.Auto"/>.</summary>
    public ValueCodec Codec { get; set; }

    /// <summary>What stands in a result for a Python value that has no wire form. Default <see cref="UnserializableDetail.Type"/>.</summary>
    public UnserializableDetail Unserializable { get; set; } = UnserializableDetail.Type;

    /// <summary>The longest <c>repr</c> shown by the two repr details, in characters. Default 500; at most 2,000.</summary>
    public int ReprMaxLength { get; set; } = 500;
}

/// <summary>The means by which host and workers talk.</summary>
public sealed class TransportOptions
{
    /// <summary>True: only what every Unix has, which is slower: sockets instead of pipes and no shared memory, so that no call waits inside a busy
    /// worker and a reply that was not sent yet dies with its worker. Default false.</summary>
    public bool Portable { get; set; }
}

/// <summary>What becomes of a call that finds the queue full.</summary>
public enum QueueFullMode
{
    /// <summary>It is rejected at once with <see cref="PoolSaturatedException"/>, so that overload shows where it arises.</summary>
    Reject,

    /// <summary>Its caller waits until the queue has room, for as long as the call's timeout and <see cref="QueueOptions.Timeout"/> allow, in the order in
    /// which the queue serves calls. Until then its arguments are not encoded: what waits is the caller's own memory, and nothing limits how many
    /// callers wait.</summary>
    Wait,
}

/// <summary>In which order calls of the same priority are served.</summary>
public enum QueueFairness
{
    /// <summary>As they came.</summary>
    None,

    /// <summary>Keys take turns: the first call of each <see cref="ToolCallOptions.FairnessKey"/>, then the second of each, and so on.</summary>
    RoundRobin,
}

/// <summary>What arguments and results are written in. Values come out equal whatever it is.</summary>
public enum ValueCodec
{
    /// <summary><see cref="Marshal"/> where the interpreter is CPython, <see cref="Json"/> elsewhere.</summary>
    Auto,

    /// <summary>JSON, which people can read and every interpreter has.</summary>
    Json,

    /// <summary>CPython's own binary format: about half the time of JSON for objects, a tenth and less for many numbers. Workers of other
    /// interpreters do not start.</summary>
    Marshal,
}

/// <summary>How much a marker says about a Python value that could not be encoded.</summary>
public enum UnserializableDetail
{
    /// <summary>Only that there was such a value.</summary>
    None,

    /// <summary>Its type's name.</summary>
    Type,

    /// <summary>Its type's name and its <c>repr</c>, cut to <see cref="ValueOptions.ReprMaxLength"/>.</summary>
    ReprTruncated,

    /// <summary>As <see cref="ReprTruncated"/>, with what looks like keys, tokens and passwords blanked first.</summary>
    ReprRedacted,
}

/// <summary>By what a worker's process is made.</summary>
public enum StartMethod
{
    /// <summary><see cref="Zygote"/> when <see cref="StartOptions.Preload"/> names modules, <see cref="Spawn"/> otherwise.</summary>
    Auto,

    /// <summary>A new interpreter for every worker.</summary>
    Spawn,

    /// <summary>A fork of a process that has imported <see cref="StartOptions.Preload"/>, or what the adapter imports: milliseconds instead of the
    /// time of the imports, and their memory is shared. Where forking is unsafe the pool says so and spawns.</summary>
    Zygote,
}

/// <summary>The order in which a worker is replaced.</summary>
public enum RecycleMode
{
    /// <summary>The replacement is ready before the old worker stops taking calls. When the machine has no memory for both, the pool stops first
    /// and says so.</summary>
    StartFirst,

    /// <summary>The old worker ends before its replacement starts, for pools that cannot afford two: one device, much memory.</summary>
    StopFirst,
}

/// <summary>What <see cref="SnakepitRuntime.StartAsync(Action{SnakepitBuilder}, CancellationToken)"/> waits for.</summary>
public enum StartPolicy
{
    /// <summary>Until every pool has <see cref="PoolOptions.MinReady"/> workers; the first pool that cannot start fails the start. The default.</summary>
    AllReady,

    /// <summary>Until one pool has <see cref="PoolOptions.MinReady"/> workers; fails when every pool has failed. The others go on trying.</summary>
    AnyReady,

    /// <summary>For nothing: workers start behind the running application, also later, when an interpreter or adapter file is missing at first. The default
    /// under AddSnakepit.</summary>
    Background,
}
