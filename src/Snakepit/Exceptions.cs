namespace Snakepit;

/// <summary>The base of everything Snakepit throws by design. Each subclass is one decision for a caller to take.</summary>
public abstract class SnakepitException : Exception
{
    private const int MaxMessage = 8_000;

    private protected SnakepitException(string message, Exception? inner = null)
        : base(Cut(message), inner)
    {
    }

    /// <summary>The same call may succeed later or on another worker, and repeating it is safe: it certainly did not run, or it is idempotent.</summary>
    public virtual bool IsTransient => false;

    // A message holds what user code said, of any length; logs and consoles are not the place for megabytes of it.
    private static string Cut(string message) =>
        message.Length <= MaxMessage ? message : $"{message.AsSpan(0, MaxMessage)}… ({message.Length:N0} characters, cut)";
}

/// <summary>The pool cannot take the call now. Try later, elsewhere, or raise the limit that the message names.</summary>
public sealed class PoolSaturatedException : SnakepitException
{
    internal PoolSaturatedException(string message, string pool, SaturationReason reason, int queueLength, int limit, TimeSpan? expectedWait = null)
        : base(message)
    {
        Pool = pool;
        Reason = reason;
        QueueLength = queueLength;
        Limit = limit;
        ExpectedWait = expectedWait;
    }

    /// <summary>Which limit it was.</summary>
    public SaturationReason Reason { get; }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <summary>How many calls waited; of the same key, where <see cref="Reason"/> is <see cref="SaturationReason.KeyQueueFull"/>.</summary>
    public int QueueLength { get; }

    /// <summary><see cref="QueueOptions.Limit"/>, or <see cref="QueueOptions.LimitPerKey"/>.</summary>
    public int Limit { get; }

    /// <summary>How long the call would probably have waited, by what earlier runs took; null when it was rejected later, or nothing is known.</summary>
    public TimeSpan? ExpectedWait { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>The call's deadline passed. <see cref="Execution"/> says whether the tool may have run.</summary>
public sealed class CallTimeoutException : SnakepitException
{
    private readonly bool _isIdempotent;

    internal CallTimeoutException(string message, string pool, string tool, TimeSpan timeout, CallExecution execution, bool isIdempotent)
        : base(message)
    {
        _isIdempotent = isIdempotent;
        Pool = pool;
        Tool = tool;
        Timeout = timeout;
        Execution = execution;
    }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <summary>The tool.</summary>
    public string Tool { get; }

    /// <summary>The time the call had.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Whether the tool may have run.</summary>
    public CallExecution Execution { get; }

    /// <inheritdoc/>
    public override bool IsTransient => _isIdempotent || Execution == CallExecution.NotStarted;
}

/// <summary>The worker's process ended with the call.</summary>
public sealed class WorkerLostException : SnakepitException
{
    private readonly bool _isIdempotent;

    internal WorkerLostException(string message, WorkerId worker, CallExecution execution, DeathReport? report, bool isIdempotent)
        : base(message)
    {
        _isIdempotent = isIdempotent;
        Worker = worker;
        Execution = execution;
        Report = report;
    }

    /// <summary>The worker that was lost.</summary>
    public WorkerId Worker { get; }

    /// <summary>Whether the tool may have run.</summary>
    public CallExecution Execution { get; }

    /// <summary>How the process ended; null when it could not be found out.</summary>
    public DeathReport? Report { get; }

    /// <inheritdoc/>
    public override bool IsTransient => _isIdempotent || Execution == CallExecution.NotStarted;
}

/// <summary>These arguments have killed workers, so they are rejected for a while. Other calls of the tool go on.</summary>
public sealed class InputQuarantinedException : SnakepitException
{
    internal InputQuarantinedException(string message, string pool, string tool, QuarantinedInput? input)
        : base(message)
    {
        Pool = pool;
        Tool = tool;
        Input = input;
    }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <summary>The tool.</summary>
    public string Tool { get; }

    /// <summary>How many workers died of it, until when it is rejected, and the last death; null when it has just been lifted.</summary>
    public QuarantinedInput? Input { get; }
}

/// <summary>Python raised: in the tool, or because there is no such tool or the arguments do not fit it.</summary>
public sealed class ToolException : SnakepitException
{
    internal ToolException(string message, string tool, WorkerId worker, ToolError error)
        : base(message)
    {
        Tool = tool;
        Worker = worker;
        Error = error;
    }

    /// <summary>The tool that was called.</summary>
    public string Tool { get; }

    /// <summary>The worker it ran in.</summary>
    public WorkerId Worker { get; }

    /// <summary>The Python exception.</summary>
    public ToolError Error { get; }
}

/// <summary>A session's state is gone with its worker. Begin a new session.</summary>
public sealed class SessionLostException : SnakepitException
{
    internal SessionLostException(string message, string session)
        : base(message) => Session = session;

    /// <summary>The session's key.</summary>
    public string Session { get; }
}

/// <summary>The one worker that may serve the call is busy, and the call was not to wait.</summary>
public sealed class WorkerBusyException : SnakepitException
{
    internal WorkerBusyException(string message, WorkerId worker)
        : base(message) => Worker = worker;

    /// <summary>The busy worker.</summary>
    public WorkerId Worker { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>A nested call could only be run by a worker that one of its own callers occupies.</summary>
public sealed class NestedCallDeadlockException : SnakepitException
{
    internal NestedCallDeadlockException(string message, string pool)
        : base(message) => Pool = pool;

    /// <summary>The pool.</summary>
    public string Pool { get; }
}

/// <summary>Workers cannot start: the adapter is missing, fails to import, raises in <c>setup()</c>, or its process ends or hangs. Mend the adapter;
/// the pool tries again by itself.</summary>
public sealed class AdapterLoadException : SnakepitException
{
    internal AdapterLoadException(string message, string pool, string adapter, ToolError? error, DeathReport? report, Exception? inner = null)
        : base(message, inner)
    {
        Pool = pool;
        Adapter = adapter;
        Error = error;
        Report = report;
    }

    /// <summary>The pool.</summary>
    public string Pool { get; }

    /// <summary>The adapter as configured.</summary>
    public string Adapter { get; }

    /// <summary>The Python exception, when there was one.</summary>
    public ToolError? Error { get; }

    /// <summary>How the worker's process ended, when it ended without an exception: it exited, crashed, or hung until <c>Boot.Timeout</c> and was killed;
    /// then <see cref="DeathReport.Stacks"/> tells where. Null when it had no process, or could not be killed.</summary>
    public DeathReport? Report { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>No usable Python interpreter. The message lists everything that was tried. A pool that was started all the same
/// (<see cref="StartPolicy.Background"/>) looks again by itself.</summary>
public sealed class PythonNotFoundException : SnakepitException
{
    internal PythonNotFoundException(string message, IReadOnlyList<string> tried, string remedy)
        : base(message)
    {
        Tried = tried;
        Remedy = remedy;
    }

    /// <summary>What to do about it, in one line.</summary>
    public string Remedy { get; }

    /// <summary>Each candidate and what was wrong with it.</summary>
    public IReadOnlyList<string> Tried { get; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Host and worker did not understand each other. The worker is replaced.</summary>
public sealed class ProtocolException : SnakepitException
{
    internal ProtocolException(string message)
        : base(message)
    {
    }
}

/// <summary>A setting is missing, unknown or out of range. <see cref="Problems"/> lists each with its remedy.</summary>
public sealed class ConfigurationException : SnakepitException
{
    internal ConfigurationException(string message, IReadOnlyList<string>? problems = null)
        : base(message) => Problems = problems ?? [message];

    /// <summary>Each problem with its value and its remedy.</summary>
    public IReadOnlyList<string> Problems { get; }
}

/// <summary>Whether a call that ended without a reply may have run.</summary>
public enum CallExecution
{
    /// <summary>It certainly did not begin.</summary>
    NotStarted,

    /// <summary>It began, or may have.</summary>
    MayHaveRun,
}
