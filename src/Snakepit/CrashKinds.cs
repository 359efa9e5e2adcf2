namespace Snakepit;

/// <summary>Deaths of workers that may have a cause outside of their process; see <see cref="CrashOptions.TaintOn"/>. What the pool killed itself, or
/// somebody else by SIGKILL, is neither.</summary>
[Flags]
public enum CrashKinds
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Native code failed: <see cref="DeathCause.Crash"/>.</summary>
    Crash = 1,

    /// <summary>The system killed it because memory had run out: <see cref="DeathCause.OutOfMemory"/>.</summary>
    OutOfMemory = 2,

    /// <summary>Both.</summary>
    All = Crash | OutOfMemory,
}
