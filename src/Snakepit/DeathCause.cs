namespace Snakepit;

/// <summary>Kinds of ends of a worker's process. <see cref="DeathReport.Cause"/> says it in words.</summary>
public enum DeathCause
{
    /// <summary>Nobody can say: the launcher, which is told, ended too.</summary>
    Unknown,

    /// <summary>It exited, by <c>os._exit</c>, a library, or as it was asked to; <see cref="DeathReport.ExitCode"/>.</summary>
    Exited,

    /// <summary>It said that it cannot start, or could not be executed.</summary>
    BootFailed,

    /// <summary>The host closed its channel, it could not read or write the channel, or it was sent what it does not understand.
    /// <see cref="DeathReport.Cause"/> tells them apart.</summary>
    ChannelLost,

    /// <summary>Native code failed: SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP or SIGSYS.</summary>
    Crash,

    /// <summary>The system killed it because memory had run out: of the machine, or of its control group.</summary>
    OutOfMemory,

    /// <summary>The pool killed it; <see cref="DeathReport.KilledBecause"/>.</summary>
    KilledByPool,

    /// <summary>SIGKILL, SIGTERM, SIGINT, SIGHUP or SIGQUIT that the pool did not send: an operator, another program, or itself.</summary>
    KilledFromOutside,

    /// <summary>Any other signal; <see cref="DeathReport.Signal"/>.</summary>
    Signal,
}
