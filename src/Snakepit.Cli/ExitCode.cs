namespace Snakepit.Cli;

/// <summary>What the exit code of the tool says.</summary>
internal enum ExitCode
{
    /// <summary>What was asked has been done.</summary>
    Done = 0,

    /// <summary>What was asked is not well: a check failed, a call raised an exception, a worker is unhealthy.</summary>
    NotWell = 1,

    /// <summary>The command line is wrong.</summary>
    WrongCommandLine = 2,

    /// <summary>There is no host, or no such host, pool, worker or tool.</summary>
    NotFound = 3,

    /// <summary>The host did not answer, or has died meanwhile.</summary>
    NoAnswer = 4,

    /// <summary>Ctrl-C, a signal, or a reader of the output that has left ended the command.</summary>
    Cancelled = 130,
}
