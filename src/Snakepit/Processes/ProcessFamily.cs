namespace Snakepit.Processes;

/// <summary>To whom a process belongs.</summary>
internal readonly record struct ProcessFamily(int Pid, int Group, int Session);
