namespace Snakepit.Processes.Interop.Linux;

/// <summary>Takes a file piece by piece.</summary>
internal interface ILineSink
{
    /// <summary>Adds one or more whole lines, the last line's end included.</summary>
    void Add(ReadOnlySpan<byte> lines);
}
