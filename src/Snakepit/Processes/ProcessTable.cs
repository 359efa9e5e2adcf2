using System.Globalization;
using System.IO.Enumeration;
using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Reads /proc. All its readers share a buffer, so it is for one thread.</summary>
internal sealed class ProcessTable : IProcessTable
{
    private const string Root = "/proc";
    private const int BufferSize = 16 * 1024;

    // Otherwise, the enumeration would read the attributes of every entry.
    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    private readonly byte[] _buffer = new byte[BufferSize];

    public bool TellsPrivateMemory { get; } = File.Exists(Root + "/self/smaps_rollup");

    public IProcessReader Open(int pid, bool isReadOften) => new ProcessReader(pid, isReadOften, _buffer);

    public void Scan(Action<ProcessFamily> visit)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        Span<byte> path = stackalloc byte[64];
        foreach (int pid in new FileSystemEnumerable<int>(Root, PidOf, s_options))
        {
            if (pid > 0 && Utf8.TryWrite(path, $"{Root}/{pid}/stat\0", out _) && ProcFile.Read(path, _buffer) is var count and > 0
                && ProcText.Family(pid, _buffer.AsSpan(0, count)) is { } family)
            {
                visit(family);
            }
        }
    }

    private static int PidOf(ref FileSystemEntry entry) =>
        int.TryParse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;
}
