namespace Snakepit;

/// <summary>Specifies the deaths of workers that <see cref="CrashOptions.TaintOn"/> reacts to: those that a device or the machine may have
/// caused. A worker that the pool or somebody else killed counts as neither.</summary>
[Flags]
public enum CrashKinds
{
    /// <summary>No death.</summary>
    None = 0,

    /// <summary>Native code failed: <see cref="DeathCause.Crash"/>.</summary>
    Crash = 1,

    /// <summary>The system killed the worker because memory had run out: <see cref="DeathCause.OutOfMemory"/>.</summary>
    OutOfMemory = 2,

    /// <summary>Both.</summary>
    All = Crash | OutOfMemory,
}
