namespace Snakepit.Processes;

/// <summary>A file in memory, and the path by which other processes of the same user find it until it is disposed.</summary>
internal sealed record MemoryFile(IDisposable Handle, string Path);
