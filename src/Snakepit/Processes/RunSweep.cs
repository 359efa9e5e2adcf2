using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Finds the processes with a mark and kills them.</summary>
internal static unsafe class RunSweep
{
    // The sweep does not chase processes that fork faster than it finds them; the next start does another one.
    private const int MaxRounds = 50;
    private const int RoundMs = 100;

    // During an exec, a process has no environment; that takes some microseconds if it has a processor.
    private const int MaxLooks = 10;
    private const int LookMs = 1;
    private const int BufferSize = 32 * 1024;

    // Otherwise, the enumeration would read the attributes of every entry.
    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>Kills the processes until none is left; returns how many. It takes some milliseconds, and some seconds at most.</summary>
    public static int Kill(RunMark mark, CancellationToken cancellationToken = default)
    {
        var killed = new HashSet<int>();
        byte[] pattern = mark.Pattern;
        for (int round = 0; round < MaxRounds && !cancellationToken.IsCancellationRequested && KillOnce(pattern, killed); round++)
        {
        }
        return killed.Count;
    }

    /// <summary>Opens a pidfd of a process with the mark; returns null when the process does not have it, or has ended.</summary>
    public static Descriptor? TryHold(int pid, byte[] mark)
    {
        byte[] buffer = new byte[BufferSize];
        return Carries(pid, mark, buffer) ? TryHold(pid, mark, buffer) : null;
    }

    /// <summary>Waits for the process of a pidfd to end; returns false after the given time.</summary>
    public static bool WaitForEnd(Descriptor pidfd, int milliseconds)
    {
        var poll = new Libc.PollDescriptor { Descriptor = pidfd.Number, Events = Libc.PollIn };
        int ready;
        do
        {
            ready = Libc.poll(&poll, 1, milliseconds);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Libc.EIntr);
        return ready > 0;
    }

    private static bool KillOnce(byte[] pattern, HashSet<int> killed)
    {
        byte[] buffer = new byte[BufferSize];
        List<Descriptor> dying = [];
        foreach (int pid in new FileSystemEnumerable<int>("/proc", PidOf, s_options))
        {
            if (pid > 0 && pid != Environment.ProcessId && Carries(pid, pattern, buffer) && TryHold(pid, pattern, buffer) is { } pidfd)
            {
                _ = Libc.PidfdSendSignal(pidfd.Number, Libc.SigKill);
                killed.Add(pid);
                dying.Add(pidfd);
            }
        }
        foreach (Descriptor pidfd in dying)
        {
            _ = WaitForEnd(pidfd, RoundMs);
            pidfd.Dispose();
        }
        return dying.Count > 0;
    }

    /// <summary>
    /// Opens the pidfd before it checks the mark: then the pidfd belongs to a process with the mark, even if the pid is reused.
    /// </summary>
    private static Descriptor? TryHold(int pid, byte[] pattern, byte[] buffer)
    {
        var pidfd = new Descriptor(Libc.PidfdOpen(pid));
        if (!pidfd.IsInvalid && Carries(pid, pattern, buffer))
        {
            return pidfd;
        }
        pidfd.Dispose();
        return null;
    }

    /// <summary>Returns whether the process has the mark; a dead one has none.</summary>
    private static bool Carries(int pid, byte[] pattern, byte[] buffer)
    {
        Span<byte> environment = stackalloc byte[64];
        Span<byte> memory = stackalloc byte[64];
        _ = Utf8.TryWrite(environment, $"/proc/{pid}/environ\0", out _);
        _ = Utf8.TryWrite(memory, $"/proc/{pid}/statm\0", out _);
        bool carries = ProcFile.Contains(environment, pattern, buffer, out bool isEmpty);
        int looks = 0;
        while (looks++ < MaxLooks && isEmpty && ProcFile.Read(memory, buffer) > 0 && ProcText.ResidentPages(buffer) is not null)
        {
            using var pidfd = new Descriptor(Libc.PidfdOpen(pid));
            _ = !pidfd.IsInvalid && WaitForEnd(pidfd, LookMs);
            carries = ProcFile.Contains(environment, pattern, buffer, out isEmpty);
        }
        return carries;
    }

    private static int PidOf(ref FileSystemEntry entry) =>
        int.TryParse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;
}
