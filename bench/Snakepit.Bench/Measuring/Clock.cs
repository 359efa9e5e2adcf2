using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// The clock of <see cref="Stopwatch"/>, which is CLOCK_MONOTONIC in nanoseconds on Linux, with a sleep that is exact to some 50 µs.
/// </summary>
internal static partial class Clock
{
    private const int Monotonic = 1;
    private const int Absolute = 1;
    private const int Interrupted = 4;
    private const int ProcessCpuTime = 2; // the clock id that clock_getcpuclockid computes from a process id
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static double Microseconds(long units) => units * 1e6 / Stopwatch.Frequency;

    public static double Milliseconds(long units) => units * 1e3 / Stopwatch.Frequency;

    public static long Units(TimeSpan duration) => (long)(duration.TotalSeconds * Stopwatch.Frequency);

    public static void SleepUntil(long timestamp)
    {
        var until = new TimeSpec { Seconds = timestamp / NanosecondsPerSecond, Nanoseconds = timestamp % NanosecondsPerSecond };
        while (clock_nanosleep(Monotonic, Absolute, in until, 0) == Interrupted)
        {
        }
    }

    /// <summary>
    /// Returns the CPU time of a process with all its threads in ns. The clock is exact, while /proc counts in ticks of 10 ms.
    /// </summary>
    public static long CpuNanoseconds(int pid) =>
        clock_gettime((~pid << 3) | ProcessCpuTime, out TimeSpec used) == 0
            ? (used.Seconds * NanosecondsPerSecond) + used.Nanoseconds
            : throw new InvalidRunException($"Process {pid} has ended.");

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec now);

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, in TimeSpec request, nint remain);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
