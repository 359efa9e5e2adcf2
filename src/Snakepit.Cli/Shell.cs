using Snakepit.Cli.Hosts;
using Snakepit.Cli.Output;

namespace Snakepit.Cli;

/// <summary>What a command works with: the terminal, the hosts of this user, and the clock.</summary>
internal sealed record Shell
{
    public required Terminal Terminal { get; init; }

    public required HostDirectory Hosts { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The folder that relative paths begin in.</summary>
    public string Folder { get; init; } = Environment.CurrentDirectory;

    /// <summary>How long a command has after Ctrl-C or SIGTERM to clean up; null when the tool does not handle signals.</summary>
    public TimeSpan? SignalGrace { get; init; }

    /// <summary>Returns the shell of this process.</summary>
    public static Shell OfProcess() => new()
    {
        Terminal = Terminal.OfProcess(),
        Hosts = HostDirectory.OfThisUser(TimeProvider.System),
        SignalGrace = TimeSpan.FromSeconds(30),
    };

    /// <summary>Returns the full path of one that the user has written.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, Folder);
}
