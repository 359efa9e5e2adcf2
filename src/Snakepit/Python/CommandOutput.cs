namespace Snakepit.Python;

/// <summary>What came of a command. <paramref name="Errors"/> is the system's complaint when it could not be started.</summary>
internal sealed record CommandOutput(CommandEnd End, int ExitCode, string Output, string Errors);

/// <summary>How a command ended.</summary>
internal enum CommandEnd
{
    Exited,
    TimedOut,
    NotStarted,
}
