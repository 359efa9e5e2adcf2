namespace Snakepit;

/// <summary>Specifies how the change of a setting takes effect while the pool runs.</summary>
public enum ReloadEffect
{
    /// <summary>At once, without a new worker. Calls that wait or run keep the time limits with which they came.</summary>
    AtOnce,

    /// <summary>By replacing the workers: one first, and the others once it is ready. If it cannot start, the pool keeps its former
    /// settings.</summary>
    Replacement,

    /// <summary>When the host starts again.</summary>
    Restart,
}
