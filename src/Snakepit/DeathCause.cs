namespace Snakepit;

/// <summary>Specifies why a worker's process ended. <see cref="DeathReport.Description"/> says it in words.</summary>
public enum DeathCause
{
    /// <summary>The cause is not known: the launcher process, which alone learns exit codes and signals, ended too; or the worker never had
    /// a process.</summary>
    Unknown,

    /// <summary>The process exited: by <c>os._exit</c>, through a library, or because it was told to; see
    /// <see cref="DeathReport.ExitCode"/>.</summary>
    Exited,

    /// <summary>The worker reported that it cannot start, or its program could not be executed.</summary>
    BootFailed,

    /// <summary>The channel between host and worker was lost: the host closed it, the worker could not read or write it, or the worker
    /// received a message that it does not understand. <see cref="DeathReport.Description"/> tells them apart.</summary>
    ChannelLost,

    /// <summary>Native code failed: SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGTRAP or SIGSYS.</summary>
    Crash,

    /// <summary>The system killed the process because the machine or its control group had run out of memory.</summary>
    OutOfMemory,

    /// <summary>The pool killed the process; see <see cref="DeathReport.KilledBecause"/>.</summary>
    KilledByPool,

    /// <summary>The process ended by a SIGKILL, SIGTERM, SIGINT, SIGHUP or SIGQUIT that the pool did not send: from an operator, another
    /// program, or the process itself.</summary>
    KilledFromOutside,

    /// <summary>The process ended by any other signal; see <see cref="DeathReport.Signal"/>.</summary>
    Signal,

    /// <summary>A thread that runs calls ended, as by <c>pthread_exit</c> in a tool. Its call would never have ended, so the process
    /// exited. Only with <see cref="WorkerProfile.Thread"/>, on Linux.</summary>
    ThreadEnded,
}
