using System.Diagnostics;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>Measures the time from a write to a pipe until the thread that sleeps in its read runs.</summary>
internal static class WakeUp
{
    private const int Wakes = 1_000;
    private const int WarmUps = 50;
    private static readonly TimeSpan s_sleep = TimeSpan.FromMicroseconds(200); // enough for both threads, and possibly cores, to sleep

    /// <summary>Returns the median and the 99th percentile in µs.</summary>
    public static (double P50, double P99) Measure()
    {
        (Descriptor read, Descriptor write) = Descriptor.CreatePipe();
        using (read)
        using (write)
        {
            long[] samples = new long[Wakes + WarmUps];
            var sleeper = new Thread(() => Sleep(read, samples)) { IsBackground = true, Name = "Wake-up" };
            sleeper.Start();
            foreach (int i in Enumerable.Range(0, samples.Length))
            {
                Clock.SleepUntil(Stopwatch.GetTimestamp() + Clock.Units(s_sleep));
                long now = Stopwatch.GetTimestamp();
                Descriptor.Check(write.Write(BitConverter.GetBytes(now)), "write");
            }
            sleeper.Join();
            long[] counted = samples[WarmUps..];
            return (Clock.Microseconds(Samples.Percentile(counted, 0.50)), Clock.Microseconds(Samples.Percentile(counted, 0.99)));
        }
    }

    private static void Sleep(Descriptor read, long[] samples)
    {
        byte[] sent = new byte[sizeof(long)];
        foreach (ref long sample in samples.AsSpan())
        {
            if (read.Read(sent) != sent.Length)
            {
                return;
            }
            sample = Stopwatch.GetTimestamp() - BitConverter.ToInt64(sent);
        }
    }
}
