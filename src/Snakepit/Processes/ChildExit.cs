using Snakepit.Transport;

namespace Snakepit.Processes;

/// <summary>How a process ended; both null when nobody could say.</summary>
internal readonly record struct ChildExit(int? ExitCode, int? Signal, bool CoreDumped = false)
{
    private const int FirstRealTime = 34; // the C library keeps two for itself
    private const int LastRealTime = 64;

    private static readonly string[] s_signals =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM",
        "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public override string ToString() =>
        Signal is { } signal ? $"killed by {NameOf(signal)}"
        : ExitCode is { } code ? $"exit code {code}{MeaningOf(code)}"
        : "ended for an unknown reason";

    private static string NameOf(int signal) => signal switch
    {
        > 0 when signal < s_signals.Length => s_signals[signal],
        FirstRealTime => "SIGRTMIN",
        LastRealTime => "SIGRTMAX",
        > FirstRealTime and <= (FirstRealTime + LastRealTime) / 2 => $"SIGRTMIN+{signal - FirstRealTime}",
        > FirstRealTime and < LastRealTime => $"SIGRTMAX-{LastRealTime - signal}",
        _ => $"signal {signal}",
    };

    private static string MeaningOf(int code) => code switch
    {
        Protocol.ExitBootFailed => " (as of a worker that could not start)",
        Protocol.ExitChannelLost => " (as of a worker that lost its host)",
        Protocol.ExitProtocolError => " (as of a worker that was sent what it does not understand)",
        Protocol.ExitExecFailed => " (as of a program that cannot be executed)",
        _ => "",
    };
}
