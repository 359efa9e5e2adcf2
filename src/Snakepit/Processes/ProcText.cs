using System.Buffers.Text;

namespace Snakepit.Processes;

/// <summary>Parses the one-line files of /proc/PID.</summary>
internal static class ProcText
{
    // USER_HZ: the kernel reports times in this unit on every architecture of .NET, whatever its own clock is.
    private const long TicksPerClock = TimeSpan.TicksPerSecond / 100;

    // Fields of stat, counted from the one after the name.
    private const int Group = 2;
    private const int Session = 3;
    private const int MinorFaults = 7;
    private const int MajorFaults = 9;
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int Threads = 17;
    private const int StartTime = 19;

    /// <summary>
    /// Reads statm: the resident pages that belong to no file and no shared memory; null for a process that has ended and was not reaped.
    /// </summary>
    public static long? ResidentPages(ReadOnlySpan<byte> statm) =>
        Field(statm, 0) is > 0 && Field(statm, 1) is { } resident && Field(statm, 2) is { } shared ? Math.Max(0, resident - shared) : null;

    public static ProcessUsage? Usage(ReadOnlySpan<byte> stat)
    {
        ReadOnlySpan<byte> fields = BehindName(stat);
        return Field(fields, MinorFaults) is { } minor && Field(fields, MajorFaults) is { } major
            && Field(fields, UserTime) is { } user && Field(fields, SystemTime) is { } system && Field(fields, Threads) is { } threads
            ? new ProcessUsage(TimeSpan.FromTicks((user + system) * TicksPerClock), minor + major, (int)threads)
            : null;
    }

    public static ProcessFamily? Family(int pid, ReadOnlySpan<byte> stat)
    {
        ReadOnlySpan<byte> fields = BehindName(stat);
        return Field(fields, Group) is { } group && Field(fields, Session) is { } session
            ? new ProcessFamily(pid, (int)group, (int)session)
            : null;
    }

    /// <summary>
    /// Returns the time of the start, in clock ticks since the boot. With the pid, it identifies the process within that boot.
    /// </summary>
    public static long? Started(ReadOnlySpan<byte> stat) => Field(BehindName(stat), StartTime);

    /// <summary>Returns the bytes of a line like <c>Name:   12 kB</c>; null when there is no line of that name.</summary>
    public static long? Kilobytes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (line.StartsWith(name))
            {
                return Field(line[name.Length..].TrimStart(" \t"u8), 0) * 1024;
            }
        }
        return null;
    }

    /// <summary>Reads status: whether the process has a handler for a signal.</summary>
    public static bool Handles(ReadOnlySpan<byte> status, int signal)
    {
        ReadOnlySpan<byte> name = "SigCgt:"u8;
        foreach (Range range in status.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = status[range];
            if (line.StartsWith(name))
            {
                return Utf8Parser.TryParse(line[name.Length..].TrimStart(" \t"u8), out ulong mask, out _, 'x')
                    && (mask >> (signal - 1) & 1) != 0;
            }
        }
        return false;
    }

    /// <summary>Skips the name, which may contain spaces and brackets.</summary>
    private static ReadOnlySpan<byte> BehindName(ReadOnlySpan<byte> stat) =>
        stat.LastIndexOf((byte)')') is var end and >= 0 && end + 2 < stat.Length ? stat[(end + 2)..] : default;

    private static long? Field(ReadOnlySpan<byte> text, int index)
    {
        for (; index > 0; index--)
        {
            int blank = text.IndexOf((byte)' ');
            if (blank < 0)
            {
                return null;
            }
            text = text[(blank + 1)..];
        }
        return Utf8Parser.TryParse(text, out long value, out _) ? value : null;
    }
}
