namespace Snakepit.Processes;

/// <summary>The resources that a process has used so far.</summary>
/// <param name="CpuTime">The processor time of all threads, including ended ones.</param>
/// <param name="Faults">The pages that the process got, or copied because it wrote to a shared one.</param>
/// <param name="Threads">The present number of its threads.</param>
internal readonly record struct ProcessUsage(TimeSpan CpuTime, long Faults, int Threads = 0);
