namespace Snakepit.Lifecycle;

/// <summary>A worker's memory as last judged, in bytes: private pages, those swapped out and those of its child processes included.</summary>
/// <param name="Current">Now.</param>
/// <param name="Peak">The most that was read.</param>
/// <param name="Baseline">What it had when it became ready, and what others have left to it since; 0 before that.</param>
/// <param name="EffectiveSoftLimit">Above this it is replaced; null: no limit, or not ready yet.</param>
/// <param name="HardLimit">Above this it is killed; what others have left to it is added.</param>
/// <param name="Resident">What the worker itself has, without files and shared memory; pages that it shares with its zygote included.</param>
internal readonly record struct MemoryReading(long Current, long Peak, long Baseline, long? EffectiveSoftLimit, long? HardLimit, long Resident = 0);
