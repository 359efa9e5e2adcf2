namespace Snakepit.Lifecycle;

/// <summary>
/// A worker's memory as last judged, in bytes: its private pages, including swapped-out pages and those of its child processes.
/// </summary>
/// <param name="Current">The current value.</param>
/// <param name="Peak">The highest value so far.</param>
/// <param name="Baseline">The value when it became ready, plus what it has inherited since; 0 before that.</param>
/// <param name="EffectiveSoftLimit">The value above which it is replaced; null without a limit, or before it is ready.</param>
/// <param name="HardLimit">The value above which it is killed, including what it has inherited.</param>
/// <param name="Resident">
/// The resident memory of the worker itself without files and shared memory, including pages that it shares with its zygote.
/// </param>
internal readonly record struct MemoryReading(
    long Current, long Peak, long Baseline, long? EffectiveSoftLimit, long? HardLimit, long Resident = 0);
