using System.Runtime.InteropServices;

namespace Snakepit.Processes.Interop.Linux;

/// <summary>Reads files of /proc without allocations, for code that reads many files often.</summary>
internal static unsafe class ProcFile
{
    /// <summary>Reads a small file; returns the bytes, or a negated error number. The path ends with a zero.</summary>
    public static int Read(ReadOnlySpan<byte> path, Span<byte> buffer)
    {
        int descriptor = OpenRaw(path);
        if (descriptor < 0)
        {
            return descriptor;
        }
        int count = Read(descriptor, buffer);
        _ = Libc.close(descriptor);
        return count;
    }

    /// <summary>
    /// Passes on a file of any size in pieces of whole lines, each shorter than the buffer; returns false when the file cannot be read to
    /// its end.
    /// </summary>
    public static bool ReadLines<T>(ReadOnlySpan<byte> path, Span<byte> buffer, ref T sink)
        where T : struct, ILineSink
    {
        int descriptor = OpenRaw(path);
        if (descriptor < 0)
        {
            return false;
        }
        int kept = 0;
        int count;
        while ((count = Read(descriptor, buffer[kept..])) > 0)
        {
            Span<byte> filled = buffer[..(kept + count)];
            int end = filled.LastIndexOf((byte)'\n') + 1;
            sink.Add(filled[..end]);
            filled[end..].CopyTo(buffer);
            kept = filled.Length - end;
        }
        _ = Libc.close(descriptor);
        return count == 0 && kept == 0; // false when a line does not fit: then the last read had no room
    }

    /// <summary>
    /// Returns whether a file of any size contains the bytes; false when it cannot be read. The buffer must be longer than the bytes.
    /// </summary>
    public static bool Contains(ReadOnlySpan<byte> path, ReadOnlySpan<byte> wanted, Span<byte> buffer, out bool isEmpty)
    {
        isEmpty = false;
        int descriptor = OpenRaw(path);
        if (descriptor < 0)
        {
            return false;
        }
        int kept = 0;
        int count;
        bool found = false;
        isEmpty = true;
        while (!found && (count = Read(descriptor, buffer[kept..])) > 0)
        {
            isEmpty = false;
            Span<byte> filled = buffer[..(kept + count)];
            found = filled.IndexOf(wanted) >= 0;
            Span<byte> rest = filled[Math.Max(0, filled.Length - wanted.Length + 1)..];
            rest.CopyTo(buffer);
            kept = rest.Length;
        }
        _ = Libc.close(descriptor);
        return found;
    }

    /// <summary>Opens a file; returns null when it cannot be opened. The path ends with a zero.</summary>
    public static Descriptor? TryOpen(ReadOnlySpan<byte> path) =>
        OpenRaw(path) is var descriptor and >= 0 ? new Descriptor(descriptor) : null;

    private static int OpenRaw(ReadOnlySpan<byte> path)
    {
        fixed (byte* p = path)
        {
            int descriptor = Libc.open(p, Libc.OReadOnly | Libc.OCloexec);
            return descriptor >= 0 ? descriptor : -Marshal.GetLastPInvokeError();
        }
    }

    private static int Read(int descriptor, Span<byte> buffer)
    {
        fixed (byte* p = buffer)
        {
            nint count = Libc.read(descriptor, p, (nuint)buffer.Length);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }
}
