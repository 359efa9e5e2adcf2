namespace Snakepit.Telemetry;

/// <summary>How a call ended for its caller, as it is counted.</summary>
internal enum CallOutcome
{
    Ok,
    ToolError,
    Rejected,
    TimedOut,
    Cancelled,
    WorkerLost,
    Failing,
    Stopped,
}
