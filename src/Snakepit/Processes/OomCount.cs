namespace Snakepit.Processes;

/// <summary>How often the system had killed for want of memory when a process began.</summary>
/// <param name="File">Where that is counted.</param>
/// <param name="Kills">The count then.</param>
internal readonly record struct OomCount(string File, long Kills);
