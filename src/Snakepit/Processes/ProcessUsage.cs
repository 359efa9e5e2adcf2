namespace Snakepit.Processes;

/// <summary>What a process has used so far.</summary>
/// <param name="CpuTime">Processor time, of all its threads, those that have ended included.</param>
/// <param name="Faults">Pages that it was given, or copied because it wrote to a shared one.</param>
internal readonly record struct ProcessUsage(TimeSpan CpuTime, long Faults);
