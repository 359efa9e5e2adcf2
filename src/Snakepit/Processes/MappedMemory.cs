using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Sums up smaps_rollup or smaps of a process, in bytes.</summary>
internal struct MappedMemory : ILineSink
{
    private bool _isSharedMapping;

    /// <summary>The pages of private anonymous memory.</summary>
    public long Anonymous { get; private set; }

    /// <summary>The part of them that the process has freed and the system has not reclaimed yet.</summary>
    public long LazyFree { get; private set; }

    /// <summary>The written pages that no other process maps; where single mappings are listed, without those of shared mappings.</summary>
    public long PrivateDirty { get; private set; }

    /// <summary>The written pages that other processes map too.</summary>
    public long SharedDirty { get; private set; }

    /// <summary>
    /// The written pages of shared mappings, as far as a rollup reveals them: it does not separate them from the private ones.
    /// </summary>
    public readonly long DirtyInSharedMappings => Math.Max(0, PrivateDirty + SharedDirty + LazyFree - Anonymous);

    public void Add(ReadOnlySpan<byte> lines)
    {
        foreach (Range range in lines.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = lines[range];
            if (line.IsEmpty)
            {
                continue;
            }
            if (char.IsAsciiHexDigitLower((char)line[0])) // "7f12a000-7f12b000 rw-s …": names begin with capitals
            {
                int blank = line.IndexOf((byte)' ');
                _isSharedMapping = blank > 0 && blank + 4 < line.Length && line[blank + 4] == (byte)'s';
                continue;
            }
            AddLine(line);
        }
    }

    private void AddLine(ReadOnlySpan<byte> line)
    {
        switch (line[0])
        {
            case (byte)'A':
                Anonymous += ProcText.Kilobytes(line, "Anonymous:"u8) ?? 0;
                break;
            case (byte)'L':
                LazyFree += ProcText.Kilobytes(line, "LazyFree:"u8) ?? 0;
                break;
            case (byte)'P' when !_isSharedMapping:
                PrivateDirty += ProcText.Kilobytes(line, "Private_Dirty:"u8) ?? 0;
                break;
            case (byte)'S':
                SharedDirty += ProcText.Kilobytes(line, "Shared_Dirty:"u8) ?? 0;
                break;
        }
    }
}
