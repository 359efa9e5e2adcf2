using System.Runtime.InteropServices;

namespace Snakepit.Bench.Measuring;

/// <summary>
/// Runs this thread and another process on one core until it is disposed. Two processes that always wait for each other are fastest that
/// way. On two cores each message must wake a sleeping core, which takes several times longer. Otherwise the scheduler would decide.
/// </summary>
internal readonly unsafe ref partial struct SharedCore : IDisposable
{
    private const int ThisThread = 0;
    private readonly int _pid;
    private readonly CoreSet _before;

    public SharedCore(int pid)
    {
        _pid = pid;
        Check(sched_getaffinity(ThisThread, sizeof(CoreSet), out _before));
        int core = sched_getcpu();
        CoreSet one = default;
        one.Bits[core / 64] = 1UL << (core % 64);
        Check(sched_setaffinity(ThisThread, sizeof(CoreSet), in one));
        Check(sched_setaffinity(pid, sizeof(CoreSet), in one));
    }

    public void Dispose()
    {
        Check(sched_setaffinity(ThisThread, sizeof(CoreSet), in _before));
        Check(sched_setaffinity(_pid, sizeof(CoreSet), in _before));
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new InvalidRunException($"Threads cannot be bound to cores: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int pid, nint size, in CoreSet cores);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int pid, nint size, out CoreSet cores);

    [LibraryImport("libc")]
    private static partial int sched_getcpu();

    private struct CoreSet
    {
        public fixed ulong Bits[16];
    }
}
