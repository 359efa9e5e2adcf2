using System.Globalization;

namespace Snakepit.Processes;

/// <summary>The work of a process so far, seen from outside: evidence about a process that does not answer.</summary>
/// <param name="State">The state letter in /proc/PID/stat.</param>
/// <param name="CpuTime">The processor time of all threads.</param>
/// <param name="RunDelay">
/// The time that the main thread, which runs the tools, was ready to run without a processor; zero where the kernel does not count it.
/// </param>
internal readonly record struct ProcessActivity(char State, TimeSpan CpuTime, TimeSpan RunDelay)
{
    private const int TicksPerSecond = 100; // the kernel's unit for user space, whatever its own clock is
    private const int StateField = 0; // counted from the field after the name
    private const int UserTimeField = 11;
    private const int SystemTimeField = 12;
    private const double BusyShare = 0.2;
    private const double StarvedShare = 0.5;

    /// <summary>Reads the activity; returns null when there is no such process.</summary>
    public static ProcessActivity? Read(int pid) =>
        SystemFile.TryRead($"/proc/{pid}/stat") is { } stat ? Parse(stat, SystemFile.TryRead($"/proc/{pid}/schedstat")) : null;

    /// <summary>Parses /proc/PID/stat and /proc/PID/schedstat; returns null when the first is malformed.</summary>
    public static ProcessActivity? Parse(string stat, string? schedstat)
    {
        // After the name, which may contain anything.
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= SystemTimeField || fields[StateField].Length != 1
            || !TryParse(fields[UserTimeField], out long user) || !TryParse(fields[SystemTimeField], out long system))
        {
            return null;
        }
        string[] times = schedstat?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        long delay = times.Length > 1 && TryParse(times[1], out long nanoseconds) ? nanoseconds : 0;
        return new ProcessActivity(
            fields[StateField][0],
            TimeSpan.FromTicks((user + system) * (TimeSpan.TicksPerSecond / TicksPerSecond)),
            TimeSpan.FromTicks(delay / TimeSpan.NanosecondsPerTick));
    }

    /// <summary>Judges a process that has not answered between an earlier reading and this one.</summary>
    public UnresponsivenessVerdict Judge(in ProcessActivity earlier, TimeSpan elapsed) =>
        State is 'T' or 't' ? UnresponsivenessVerdict.Stopped
        : CpuTime - earlier.CpuTime >= elapsed * BusyShare ? UnresponsivenessVerdict.Busy
        : RunDelay - earlier.RunDelay >= elapsed * StarvedShare ? UnresponsivenessVerdict.Starved
        : UnresponsivenessVerdict.Stuck;

    private static bool TryParse(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
