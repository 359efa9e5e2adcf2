namespace Snakepit.Processes;

/// <summary>A process with its group and session.</summary>
internal readonly record struct ProcessFamily(int Pid, int Group, int Session);
