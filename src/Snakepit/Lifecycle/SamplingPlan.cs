namespace Snakepit.Lifecycle;

/// <summary>How a worker is sampled and judged.</summary>
/// <param name="Interval">Between two samples.</param>
/// <param name="SoftLimit">How many bytes it may gain.</param>
/// <param name="HardLimit">How many bytes it may have.</param>
/// <param name="MaxCpuTime">How much processor time it may use.</param>
/// <param name="ReadsCpu">Whether someone wants to know its processor time, limit or not.</param>
internal sealed record SamplingPlan(TimeSpan Interval, long? SoftLimit = null, long? HardLimit = null, TimeSpan? MaxCpuTime = null, bool ReadsCpu = false);
