using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>
/// Reads /proc/PID. A descriptor of a file there belongs to that process for ever. A file that is opened anew could belong to another
/// process with the same pid, so its content counts only if the process still exists afterwards.
/// </summary>
internal sealed class ProcessReader : IProcessReader
{
    private const int ENoEnt = 2;
    private const int ESrch = 3;
    private const int SmallFile = 1024;
    private const int StatusFile = 4096;

    // A rollup does not separate the written pages of shared mappings from private ones. This many are not worth a second, longer reading.
    private const long NegligibleShared = 1L << 20;

    private readonly int _pid;
    private readonly byte[] _buffer;
    private readonly bool _isReadOften;
    private Descriptor? _resident;
    private Descriptor? _usage;
    private Descriptor? _children;

    /// <param name="pid">The process id.</param>
    /// <param name="isReadOften">Keeps often-read files open: a read costs a fifth of an open.</param>
    /// <param name="buffer">A few pages; may be shared by readers that are used one at a time.</param>
    public ProcessReader(int pid, bool isReadOften, byte[] buffer)
    {
        _pid = pid;
        _buffer = buffer;
        _isReadOften = isReadOften;
        _resident = isReadOften ? Open("statm") : null;
    }

    public bool TryReadResident(out long bytes)
    {
        // Pages of memfds, tmpfs and shared anonymous mappings count as shared: a segment is charged to its creator, not to those who map
        // it.
        // Null when the first attempt had no descriptor left.
        _resident ??= _isReadOften ? Open("statm") : null;
        int count = Read(_resident, "statm");
        bytes = (count > 0 ? ProcText.ResidentPages(_buffer.AsSpan(0, count)) : null) * Environment.SystemPageSize ?? -1;
        return bytes >= 0;
    }

    public bool TryReadUsage(out ProcessUsage usage)
    {
        _usage ??= _isReadOften ? Open("stat") : null;
        int count = Read(_usage, "stat");
        ProcessUsage? read = count > 0 ? ProcText.Usage(_buffer.AsSpan(0, count)) : null;
        usage = read.GetValueOrDefault();
        return read is not null;
    }

    public bool TryReadNow(out long resident, out ProcessUsage? usage)
    {
        Span<byte> buffer = stackalloc byte[SmallFile];
        int count = _resident?.ReadFromStart(buffer) ?? 0;
        resident = (count > 0 ? ProcText.ResidentPages(buffer[..count]) : null) * Environment.SystemPageSize ?? -1;
        count = resident >= 0 ? _usage?.ReadFromStart(buffer) ?? 0 : 0;
        usage = count > 0 ? ProcText.Usage(buffer[..count]) : null;
        return resident >= 0;
    }

    public long? ReadPrivate(bool isForked)
    {
        MappedMemory memory = default;
        if (!ReadMappings("smaps_rollup", ref memory))
        {
            return null;
        }
        long bytes = isForked ? memory.PrivateDirty : memory.Anonymous - memory.LazyFree;
        if (isForked && Math.Min(bytes, memory.DirtyInSharedMappings) > NegligibleShared)
        {
            memory = default;
            bytes = ReadMappings("smaps", ref memory) ? memory.PrivateDirty : bytes;
        }
        return TryReadResident(out _) ? bytes : null;
    }

    public long ReadSwap()
    {
        int count = Read("status", _buffer.AsSpan(0, StatusFile));
        return count > 0 ? ProcText.Kilobytes(_buffer.AsSpan(0, count), "VmSwap:"u8) ?? 0 : 0;
    }

    public bool HasChildren()
    {
        _children ??= Open($"task/{_pid}/children");
        return _children?.ReadFromStart(_buffer.AsSpan(0, SmallFile)) > 0;
    }

    public void Dispose()
    {
        _resident?.Dispose();
        _usage?.Dispose();
        _children?.Dispose();
    }

    private int Read(Descriptor? kept, string name)
    {
        Span<byte> buffer = _buffer.AsSpan(0, SmallFile);
        return kept is not null ? kept.ReadFromStart(buffer) : _isReadOften ? -ENoEnt : Read(name, buffer);
    }

    private int Read(string name, Span<byte> buffer)
    {
        Span<byte> path = stackalloc byte[64];
        return Utf8.TryWrite(path, $"/proc/{_pid}/{name}\0", out _) ? ProcFile.Read(path, buffer) : -ESrch;
    }

    private bool ReadMappings(string name, ref MappedMemory memory)
    {
        Span<byte> path = stackalloc byte[64];
        return Utf8.TryWrite(path, $"/proc/{_pid}/{name}\0", out _) && ProcFile.ReadLines(path, _buffer, ref memory);
    }

    private Descriptor? Open(string name)
    {
        Span<byte> path = stackalloc byte[64];
        return Utf8.TryWrite(path, $"/proc/{_pid}/{name}\0", out _) ? ProcFile.TryOpen(path) : null;
    }
}
