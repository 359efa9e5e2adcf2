using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace Snakepit;

/// <summary>What came of a call: its value, or why there is none.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
[SuppressMessage("Performance", "CA1815", Justification = "Results are looked at, not compared.")]
public readonly struct CallResult<T>
{
    internal CallResult(T value) => Value = value;

    internal CallResult(CallOutcome outcome, Exception error) => (Outcome, Error) = (outcome, error);

    /// <summary>How it ended.</summary>
    public CallOutcome Outcome { get; }

    /// <summary>There is a value.</summary>
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Succeeded => Outcome == CallOutcome.Ok;

    /// <summary>The tool's result; default when there is none.</summary>
    public T? Value { get; }

    /// <summary>What <see cref="IToolInvoker.ExecuteAsync{T}(string, ToolArguments, ToolCallOptions?, CancellationToken)"/> would have thrown; null when
    /// there is a value.</summary>
    public Exception? Error { get; }

    /// <summary>The value, or else throws <see cref="Error"/>.</summary>
    public T GetValueOrThrow()
    {
        if (Error is not null)
        {
            ExceptionDispatchInfo.Throw(Error);
        }
        return Value!;
    }
}
