namespace Snakepit;

/// <summary>How workers are started.</summary>
public sealed class StartOptions
{
    /// <summary>How many workers of the pool may be starting at once. Default: the processor count.</summary>
    public int MaxConcurrent { get; set; } = Environment.ProcessorCount;
}

/// <summary>The pool's queue of calls that wait for a worker.</summary>
public sealed class QueueOptions
{
    /// <summary>How many calls may wait; one more is rejected with <see cref="PoolSaturatedException"/>. Default 1,000. 0: nothing waits.</summary>
    public int Limit { get; set; } = 1_000;

    /// <summary>How long a call may wait before it is rejected with <see cref="PoolSaturatedException"/>. Default 5 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Limits of one call.</summary>
public sealed class CallLimitOptions
{
    /// <summary>How long a call may take from submission to reply unless <see cref="ToolCallOptions.Timeout"/> says otherwise. Default 60 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a worker may go on with a call nobody waits for before it is killed and replaced. Default 2 s.</summary>
    public TimeSpan CancelGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The largest encoded argument list or result. Default 100 MiB; at least 1 KiB, below 2 GiB.</summary>
    public MemorySize MaxMessage { get; set; } = MemorySize.FromMiB(100);
}

/// <summary>Limits of a worker's start.</summary>
public sealed class BootOptions
{
    /// <summary>How long a worker may take from launch to ready, import and <c>setup()</c> included. Default 30 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>When and how workers are replaced on purpose.</summary>
public sealed class RecycleOptions
{
    /// <summary>How many calls a worker starts before it is replaced. Every started call counts, failed ones too. Default null: no limit.</summary>
    public int? MaxRequests { get; set; }

    /// <summary>How long a replaced worker may finish its calls before it is stopped with them. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many workers may be under replacement at once. Default null: a tenth of <see cref="PoolOptions.Size"/>, at least 1.</summary>
    public int? MaxConcurrent { get; set; }
}

/// <summary>How fast failed starts are repeated.</summary>
public sealed class RestartOptions
{
    /// <summary>The wait after the first failed start; it grows fourfold with each further one. Default 100 ms.</summary>
    public TimeSpan InitialBackoff { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between starts. Default 30 s.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(30);

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

/// <summary>What <see cref="SnakepitRuntime.StartAsync(Action{SnakepitBuilder}, CancellationToken)"/> waits for.</summary>
public enum StartPolicy
{
    /// <summary>Until every pool has <see cref="PoolOptions.MinReady"/> workers; the first pool that cannot start fails the start. The default.</summary>
    AllReady,

    /// <summary>Until one pool has <see cref="PoolOptions.MinReady"/> workers; fails when every pool has failed.</summary>
    AnyReady,

    /// <summary>For nothing: workers start behind the running application. The default under AddSnakepit.</summary>
    Background,
}
