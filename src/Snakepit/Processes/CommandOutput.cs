namespace Snakepit.Processes;

/// <summary>The result of a command. <paramref name="Errors"/> is the system's error message when it could not be started.</summary>
internal sealed record CommandOutput(CommandEnd End, int ExitCode, string Output, string Errors);

/// <summary>The kinds of a command's end.</summary>
internal enum CommandEnd
{
    Exited,
    TimedOut,
    NotStarted,
}
