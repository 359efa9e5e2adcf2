using Snakepit.Frames;

namespace Snakepit.Processes;

/// <summary>The end of a process. Exit code and signal are null when the launcher, which alone learns them, ended with it.</summary>
/// <param name="ExitCode">The exit code, when the process exited.</param>
/// <param name="Signal">The signal, when a signal killed the process.</param>
/// <param name="CoreDumped">True when the process left a core dump.</param>
/// <param name="CpuTime">The processor time that the process used; null when unknown.</param>
/// <param name="OutOfMemory">True when the system killed the process because memory had run out.</param>
/// <param name="PeakResident">The peak of the resident memory in bytes, files and shared memory included; null when unknown.</param>
/// <param name="NeverBegan">True when there was no process: its start failed or was abandoned.</param>
internal readonly record struct ChildExit(
    int? ExitCode, int? Signal, bool CoreDumped = false, TimeSpan? CpuTime = null, bool OutOfMemory = false, long? PeakResident = null,
    bool NeverBegan = false)
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigQuit = 3;
    private const int SigIll = 4;
    private const int SigTrap = 5;
    private const int SigAbort = 6;
    private const int SigBus = 7;
    private const int SigFpe = 8;
    private const int SigKill = 9;
    private const int SigSegv = 11;
    private const int SigTerm = 15;
    private const int SigSys = 31;
    private const int FirstRealTime = 34; // the C library uses the first two itself
    private const int LastRealTime = 64;
    // Exit codes of Windows that name an exception: access violation, stack overflow, heap corruption.
    private const int WindowsFaults = unchecked((int)0xC0000000) >> 16;

    /// <summary>The end of a worker that never had a process.</summary>
    public static readonly ChildExit Never = new(null, null, NeverBegan: true);

    private static readonly string[] s_signals =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2",
        "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG",
        "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public override string ToString() =>
        OutOfMemory ? "killed by the system because memory ran out"
        : Signal is { } signal ? $"killed by {NameOf(signal)}{(CoreDumped ? " (core dumped)" : "")}"
        : ExitCode is { } fault && fault >> 16 == WindowsFaults ? $"crashed with 0x{fault:X8}"
        : ExitCode is { } code ? $"exit code {code}{MeaningOf(code)}"
        : NeverBegan ? "given up before it had a process"
        : "ended with its launcher process, which alone learns exit codes and signals";

    /// <summary>Returns the kind of the end.</summary>
    /// <param name="isOrdered">True when the pool sent a signal that ends the process.</param>
    /// <param name="wasReady">True when the worker had loaded its adapter.</param>
    public DeathCause Classify(bool isOrdered, bool wasReady) => (Signal, ExitCode) switch
    {
        (SigKill or SigTerm, _) when isOrdered => DeathCause.KilledByPool,
        _ when OutOfMemory => DeathCause.OutOfMemory,
        (SigIll or SigTrap or SigAbort or SigBus or SigFpe or SigSegv or SigSys, _) => DeathCause.Crash,
        (SigHup or SigInt or SigQuit or SigKill or SigTerm, _) => DeathCause.KilledFromOutside,
        ({ }, _) => DeathCause.Signal,
        (_, { } code) when code >> 16 == WindowsFaults => DeathCause.Crash,
        (_, Protocol.ExitBootFailed or Protocol.ExitExecFailed) when !wasReady => DeathCause.BootFailed,
        (_, Protocol.ExitChannelLost or Protocol.ExitChannelFailed or Protocol.ExitProtocolError) => DeathCause.ChannelLost,
        (_, Protocol.ExitThreadEnded) => DeathCause.ThreadEnded,
        (_, { }) => DeathCause.Exited,
        _ => DeathCause.Unknown,
    };

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
        Protocol.ExitBootFailed => " (a worker that could not start)",
        Protocol.ExitChannelLost => " (a worker whose host closed its channel)",
        Protocol.ExitChannelFailed => " (a worker that could not read or write its channel; its last output says why)",
        Protocol.ExitProtocolError => " (a worker that received a message it does not understand)",
        Protocol.ExitThreadEnded => " (a worker of which a thread that runs calls has ended, as by pthread_exit in a tool)",
        Protocol.ExitExecFailed => " (a program that cannot be executed)",
        _ => "",
    };
}
