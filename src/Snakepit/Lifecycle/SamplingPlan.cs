namespace Snakepit.Lifecycle;

/// <summary>Decides how a worker is sampled and judged.</summary>
/// <param name="Interval">The time between two samples.</param>
/// <param name="SoftLimit">The bytes that it may gain.</param>
/// <param name="HardLimit">The bytes that it may have.</param>
/// <param name="MaxCpuTime">The processor time that it may use.</param>
/// <param name="CpuInterval">How often its processor time is read, whether or not there is a limit; null for never.</param>
/// <param name="BusyInterval">
/// The time between two samples of a worker that has used processor time between the last two; null for the same.
/// </param>
internal sealed record SamplingPlan(
    TimeSpan Interval, long? SoftLimit = null, long? HardLimit = null, TimeSpan? MaxCpuTime = null, TimeSpan? CpuInterval = null,
    TimeSpan? BusyInterval = null);
