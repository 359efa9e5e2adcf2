namespace Snakepit.Lifecycle;

/// <summary>How a worker is sampled and judged.</summary>
/// <param name="Interval">Between two samples.</param>
/// <param name="SoftLimit">How many bytes it may gain.</param>
/// <param name="HardLimit">How many bytes it may have.</param>
/// <param name="MaxCpuTime">How much processor time it may use.</param>
/// <param name="CpuInterval">How often its processor time is wanted, limit or not; null: it is not.</param>
/// <param name="BusyInterval">Between two samples of a worker that has used processor time between the last two; null: the same.</param>
internal sealed record SamplingPlan(
    TimeSpan Interval, long? SoftLimit = null, long? HardLimit = null, TimeSpan? MaxCpuTime = null, TimeSpan? CpuInterval = null, TimeSpan? BusyInterval = null);
