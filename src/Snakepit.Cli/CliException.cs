namespace Snakepit.Cli;

/// <summary>The end of a command that cannot go on: a sentence for the user, with what to do, and the exit code.</summary>
internal sealed class CliException(ExitCode code, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public ExitCode Code { get; } = code;
}
