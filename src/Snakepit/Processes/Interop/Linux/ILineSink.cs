namespace Snakepit.Processes.Interop.Linux;

/// <summary>Takes a file piece by piece.</summary>
internal interface ILineSink
{
    /// <summary>One or more whole lines, the last one's end included.</summary>
    void Add(ReadOnlySpan<byte> lines);
}
