namespace Snakepit.Calls;

/// <summary>What a caller asks for, beside the arguments.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Timeout">How long the call may take.</param>
/// <param name="SubmittedAt">When it was submitted.</param>
/// <param name="Deadline">When its time is over; long.MaxValue: never.</param>
/// <param name="Cancellation">The caller's token.</param>
/// <param name="IsIdempotent">It may be run again when it is not known whether it ran.</param>
/// <param name="IsCheck">The pool checks a worker's health: no caller waits.</param>
internal readonly record struct CallRequest(
    string Tool, TimeSpan Timeout, long SubmittedAt, long Deadline, CancellationToken Cancellation, bool IsIdempotent = false,
    bool IsCheck = false);
