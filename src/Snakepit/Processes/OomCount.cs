namespace Snakepit.Processes;

/// <summary>The number of out-of-memory kills in a control group when a process began.</summary>
/// <param name="File">The file with the count.</param>
/// <param name="Kills">The count at that time.</param>
internal readonly record struct OomCount(string File, long Kills);
