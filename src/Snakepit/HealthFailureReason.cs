namespace Snakepit;

/// <summary>Specifies how a worker was found to be unhealthy.</summary>
public enum HealthFailureReason
{
    /// <summary>The health check raised, returned false, or took longer than <see cref="HealthOptions.LivenessTimeout"/>.</summary>
    CheckFailed,

    /// <summary>The worker gave no sign of life within <see cref="HealthOptions.LivenessTimeout"/>, or within
    /// <see cref="HealthOptions.UnresponsiveTimeout"/> while it ran a call.</summary>
    NoSignOfLife,
}
