using Snakepit.Frames;

namespace Snakepit.Processes;

/// <summary>How a process ended; exit code and signal are null when its launcher, which alone learns them, ended with it.</summary>
/// <param name="ExitCode">Its exit code, when it exited.</param>
/// <param name="Signal">The signal, when it was killed by one.</param>
/// <param name="CoreDumped">With a core file.</param>
/// <param name="CpuTime">What it used; null when nobody could say.</param>
/// <param name="OutOfMemory">The system did it for want of memory.</param>
/// <param name="PeakResident">The most memory that it has had resident, in bytes, files and shared memory included; null when nobody could say.</param>
/// <param name="NeverBegan">There was no process: its start failed or was given up.</param>
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
    private const int FirstRealTime = 34; // the C library keeps two for itself
    private const int LastRealTime = 64;
    private const int WindowsFaults = unchecked((int)0xC0000000) >> 16; // exit codes that name what a process on Windows did wrong: access, stack, heap

    /// <summary>The end of a worker that has had no process.</summary>
    public static readonly ChildExit Never = new(null, null, NeverBegan: true);

    private static readonly string[] s_signals =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV", "SIGUSR2", "SIGPIPE",
        "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM",
        "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public override string ToString() =>
        OutOfMemory ? "killed by the system because memory ran out"
        : Signal is { } signal ? $"killed by {NameOf(signal)}{(CoreDumped ? " (core dumped)" : "")}"
        : ExitCode is { } fault && fault >> 16 == WindowsFaults ? $"crashed with 0x{fault:X8}"
        : ExitCode is { } code ? $"exit code {code}{MeaningOf(code)}"
        : NeverBegan ? "given up before it had a process"
        : "ended with its launcher process, which alone learns exit codes and signals";

    /// <summary>What kind of end that is.</summary>
    /// <param name="isOrdered">The pool has sent a signal that ends it.</param>
    /// <param name="wasReady">It had loaded its adapter.</param>
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
        Protocol.ExitExecFailed => " (a program that cannot be executed)",
        _ => "",
    };
}
