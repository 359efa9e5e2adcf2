namespace Snakepit.Processes;

/// <summary>How a process ended; both null when nobody could say.</summary>
internal readonly record struct ChildExit(int? ExitCode, int? Signal, bool CoreDumped = false)
{
    private static readonly string[] s_signals =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM",
        "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public override string ToString() =>
        Signal is { } signal ? $"killed by {((uint)signal < (uint)s_signals.Length ? s_signals[signal] : $"signal {signal}")}"
        : ExitCode is { } code ? $"exit code {code}"
        : "ended for an unknown reason";
}
