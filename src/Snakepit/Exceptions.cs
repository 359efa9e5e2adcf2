using System.Globalization;

namespace Snakepit;

/// <summary>The base class of the exceptions that Snakepit throws by design. Each derived class stands for one decision that a caller
/// takes.</summary>
public abstract class SnakepitException : Exception
{
    private const int MaxMessage = 8_000;

    private protected SnakepitException(string message, Exception? innerException)
        : base(Cut(message), innerException)
    {
    }

    /// <summary>Gets whether the same call may succeed later or on another worker and is safe to repeat: it certainly did not run, or it is
    /// idempotent.</summary>
    public virtual bool IsTransient => false;

    // A message contains text of user code, of any length; logs and consoles should not get megabytes of it.
    private static string Cut(string message) =>
        message.Length <= MaxMessage
            ? message
            : string.Create(CultureInfo.InvariantCulture, $"{Shown.Text(message, MaxMessage)} ({message.Length:N0} characters, cut)");
}

/// <summary>Thrown when the pool cannot take the call now. Try later or elsewhere, or raise the limit that the message names.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class PoolSaturatedException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the limit that the call met.</summary>
    public SaturationReason Reason { get; init; }

    /// <summary>Gets the number of calls that waited. Where <see cref="Reason"/> is <see cref="SaturationReason.KeyQueueFull"/>, only those
    /// of the same key count.</summary>
    public int QueueLength { get; init; }

    /// <summary>Gets the value of <see cref="QueueOptions.Limit"/>, or of <see cref="QueueOptions.LimitPerKey"/> where <see cref="Reason"/>
    /// is <see cref="SaturationReason.KeyQueueFull"/>.</summary>
    public int Limit { get; init; }

    /// <summary>Gets how long the call would probably have waited, judging by earlier runs; null when the call was rejected after a wait or
    /// for <see cref="QueueOptions.LimitPerKey"/>, or when nothing is known.</summary>
    public TimeSpan? ExpectedWait { get; init; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Thrown when this call was not tried, because too many earlier calls failed through the pool's fault: see
/// <see cref="BreakerOptions"/>. Try after <see cref="RetryAfter"/>, or elsewhere. The last failure is the
/// <see cref="Exception.InnerException"/>.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The last failure of a call.</param>
public sealed class CircuitOpenException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the time until the breaker lets one call through as a trial.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Thrown when the call's deadline passed. <see cref="Execution"/> says whether the tool may have run.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class CallTimeoutException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the name of the tool.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets the time that the call had.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Gets whether the tool may have run. Default: <see cref="CallExecution.MayHaveRun"/>.</summary>
    public CallExecution Execution { get; init; }

    /// <summary>Gets whether the call may be repeated although it may have run: see <see cref="ToolCallOptions.Idempotent"/>.</summary>
    public bool IsIdempotent { get; init; }

    /// <inheritdoc/>
    public override bool IsTransient => IsIdempotent || Execution == CallExecution.NotStarted;
}

/// <summary>Thrown when the worker's process ended during the call. <see cref="Execution"/> says whether the tool may have run.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class WorkerLostException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the worker that was lost.</summary>
    public WorkerId Worker { get; init; }

    /// <summary>Gets whether the tool may have run. Default: <see cref="CallExecution.MayHaveRun"/>.</summary>
    public CallExecution Execution { get; init; }

    /// <summary>Gets the report of how the process ended; null when that could not be determined.</summary>
    public DeathReport? Report { get; init; }

    /// <summary>Gets whether the call may be repeated although it may have run: see <see cref="ToolCallOptions.Idempotent"/>.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary>Gets the number of items that had arrived from a stream; 0 for other calls.</summary>
    public long Items { get; init; }

    /// <inheritdoc/>
    public override bool IsTransient => Items == 0 && (IsIdempotent || Execution == CallExecution.NotStarted);
}

/// <summary>Thrown when the worker of the call's session was busy, and the call was not to wait for it: see
/// <see cref="SessionAffinity.StrictFailFast"/>. The call did not run.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class WorkerBusyException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the name of the tool.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets the id of the session.</summary>
    public string SessionId { get; init; } = "";

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Thrown when a value of a session's data has another version than expected, because somebody else has written it. Nothing was
/// written. See <see cref="ISessionData"/>.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class SessionDataConflictException(string message, Exception? innerException = null)
    : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the id of the session.</summary>
    public string SessionId { get; init; } = "";

    /// <summary>Gets the name of the value.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the version that the value has; 0 when there is none.</summary>
    public long Version { get; init; }
}

/// <summary>Thrown when the call belongs to a session whose worker is gone, and with it what the session kept there. It is thrown once for
/// each loss: to the calls that were running or waiting, or to the next call. Then the id may begin another session. Never transient,
/// because a retry would begin it in silence.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class SessionLostException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the id of the session.</summary>
    public string SessionId { get; init; } = "";

    /// <summary>Gets why the session was lost.</summary>
    public SessionLossReason Reason { get; init; }

    /// <summary>Gets the worker that had the session; the default where there was none.</summary>
    public WorkerId Worker { get; init; }

    /// <summary>Gets whether the tool may have run in this call. Default: <see cref="CallExecution.MayHaveRun"/>.</summary>
    public CallExecution Execution { get; init; }

    /// <summary>Gets the report of how the worker's process ended; null while it has not, or where that is not known.</summary>
    public DeathReport? Report { get; init; }
}

/// <summary>Thrown when the call has the same tool and arguments as calls that have killed workers. Such calls are rejected for a while.
/// Other calls of the tool go on.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class InputQuarantinedException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the name of the tool.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets how many workers the input has killed, until when it is rejected, and the last death; null when the quarantine has
    /// just ended.</summary>
    public QuarantinedInput? Input { get; init; }
}

/// <summary>Thrown in a host tool when a call of a worker's tool could never run: all workers of the pool are held by calls that wait for
/// host tools, and so for calls like this one.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class NestedCallDeadlockException(string message, Exception? innerException = null)
    : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the name of the tool.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets the calls that led to this one, the outermost first: <c>text.split → text.count</c>.</summary>
    public string Chain { get; init; } = "";
}

/// <summary>Thrown when Python raised an exception: in the tool, or because there is no such tool or the arguments do not fit it. The
/// message has the exception's type, message and notes.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The cause, if a .NET exception is.</param>
public sealed class ToolException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the tool that was called.</summary>
    public string Tool { get; init; } = "";

    /// <summary>Gets the worker that ran the call; <c>default</c> when the pool itself saw that the arguments do not fit.</summary>
    public WorkerId Worker { get; init; }

    /// <summary>Gets the Python exception. When the arguments do not fit the tool it is a <c>TypeError</c>, wherever that was
    /// found.</summary>
    public ToolError Error { get; init; } = new() { Type = "Exception", Message = message };
}

/// <summary>Thrown when workers cannot start: the adapter is missing, fails to import, or raises in <c>setup()</c>, or the process ends or
/// hangs before it is ready. While the runtime runs, the pool keeps trying, so it picks up a repaired adapter.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The cause, if a .NET exception is.</param>
public sealed class AdapterLoadException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets the name of the pool.</summary>
    public string Pool { get; init; } = "";

    /// <summary>Gets the adapter as configured.</summary>
    public string Adapter { get; init; } = "";

    /// <summary>Gets the Python exception; null when there was none.</summary>
    public ToolError? Error { get; init; }

    /// <summary>Gets the report of a process that ended without a Python exception: it exited, crashed, or hung until <c>Boot.Timeout</c>
    /// and was killed. After a hang, <see cref="DeathReport.Stacks"/> shows where it hung. Null when there was no process, or it could not
    /// be killed.</summary>
    public DeathReport? Report { get; init; }

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Thrown when there is no usable Python interpreter. The message lists everything that was tried. A pool that was started with
/// <see cref="StartPolicy.Background"/> or <see cref="StartPolicy.AnyReady"/> continues to look for one.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class PythonNotFoundException(string message, Exception? innerException = null) : SnakepitException(message, innerException)
{
    /// <summary>Gets what to do about it, in one line.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>Gets each interpreter that was tried, and what was wrong with it.</summary>
    public IReadOnlyList<string> Tried { get; init; } = [];

    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Thrown when a setting is missing, unknown or out of range. <see cref="Problems"/> lists each problem with its remedy.</summary>
/// <param name="message">What happened.</param>
/// <param name="innerException">The causing exception, if any.</param>
public sealed class SnakepitConfigurationException(string message, Exception? innerException = null)
    : SnakepitException(message, innerException)
{
    /// <summary>Gets each problem with its value and its remedy. Default: the message alone.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [message];
}

/// <summary>Specifies whether a call that ended without a reply may have run. The default is the careful value.</summary>
public enum CallExecution
{
    /// <summary>The call began, or may have begun.</summary>
    MayHaveRun,

    /// <summary>The call certainly did not begin.</summary>
    NotStarted,
}
