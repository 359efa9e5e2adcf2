using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Snakepit;

/// <summary>Creates the results of calls, for code and tests that implement <see cref="IToolInvoker"/> themselves.</summary>
public static class CallResult
{
    /// <summary>Creates the result of a call that returned <paramref name="value"/>.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    public static CallResult<T> Success<T>(T value) => new(value);

    /// <summary>Creates the result of a call that failed.</summary>
    /// <typeparam name="T">The type of the value that the call would have had.</typeparam>
    /// <param name="outcome">How the call ended; not <see cref="CallOutcome.Succeeded"/>.</param>
    /// <param name="error">The exception that <see cref="CallResult{T}.GetValueOrThrow"/> throws.</param>
    /// <exception cref="ArgumentException"><paramref name="outcome"/> is <see cref="CallOutcome.Succeeded"/>.</exception>
    public static CallResult<T> Failure<T>(CallOutcome outcome, Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return outcome == CallOutcome.Succeeded
            ? throw new ArgumentException("A call that succeeded has a value and no error.", nameof(outcome))
            : new CallResult<T>(outcome, error);
    }
}

/// <summary>Holds the result of a call: its value, or the reason why there is none. The default value of the type belongs to no call: it
/// counts as failed, and <see cref="Error"/> says why.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "Results are looked at, not compared.")]
public readonly struct CallResult<T>
{
    private readonly int _ended; // 0: no call has; else one more than the outcome
    private readonly Exception? _error;

    internal CallResult(T value) => (Value, _ended) = (value, (int)CallOutcome.Succeeded + 1);

    internal CallResult(CallOutcome outcome, Exception error) => (_ended, _error) = ((int)outcome + 1, error);

    /// <summary>Gets how the call ended; <see cref="CallOutcome.Rejected"/> for the default value of the type.</summary>
    public CallOutcome Outcome => _ended == 0 ? CallOutcome.Rejected : (CallOutcome)(_ended - 1);

    /// <summary>Gets whether the call returned a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Outcome == CallOutcome.Succeeded;

    /// <summary>Gets the tool's result; the default of <typeparamref name="T"/> when there is none.</summary>
    public T? Value { get; }

    /// <summary>Gets what <see cref="IToolInvoker.ExecuteAsync{T}(string, ToolArguments, ToolCallOptions?, CancellationToken)"/> would have
    /// thrown; null when there is a value. <see cref="InvalidOperationException"/> for the default value of the type.</summary>
    public Exception? Error => _ended != 0 ? _error : new InvalidOperationException(
        "This CallResult is the default value of its type: it is the result of no call. "
        + "Make results with CallResult.Success and CallResult.Failure; a fake that was not set up may return such a value.");

    /// <summary>Returns the value, or throws <see cref="Error"/> when there is none.</summary>
    public T GetValueOrThrow()
    {
        if (Error is { } error)
        {
            ExceptionDispatchInfo.Throw(error);
        }
        return Value!;
    }
}
