using System.Globalization;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Processes;

/// <summary>Finds the processes that carry a mark and ends them.</summary>
internal static unsafe class RunSweep
{
    // One that forks faster than it is found is not chased for ever; the next start finds it again.
    private const int MaxRounds = 50;
    private const int RoundMs = 100;

    // Between its old program and its new one a process shows no environment, for some microseconds if the processor is its own.
    private const int MaxLooks = 10;
    private const int LookMs = 1;
    private const int BufferSize = 32 * 1024;

    // Without this the enumeration asks for the attributes of every entry.
    private static readonly EnumerationOptions s_options = new() { AttributesToSkip = 0, IgnoreInaccessible = true };

    /// <summary>Kills them until none is left; returns how many it killed. It takes some milliseconds, and some seconds at most.</summary>
    public static int Kill(RunMark mark, CancellationToken cancellationToken = default)
    {
        var killed = new HashSet<int>();
        byte[] pattern = mark.Pattern;
        for (int round = 0; round < MaxRounds && !cancellationToken.IsCancellationRequested && KillOnce(pattern, killed); round++)
        {
        }
        return killed.Count;
    }

    /// <summary>A descriptor of a process that carries the mark; null when this one does not, or not any more.</summary>
    public static Descriptor? TryHold(int pid, byte[] mark)
    {
        byte[] buffer = new byte[BufferSize];
        return Carries(pid, mark, buffer) ? TryHold(pid, mark, buffer) : null;
    }

    /// <summary>Waits until the process of a pidfd has ended; false when that takes longer.</summary>
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

    /// <summary>Held first and looked at afterwards: what the descriptor stands for is what carried the mark, or has ended, whoever has its id now.</summary>
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

    /// <summary>The dead carry nothing any more.</summary>
    private static bool Carries(int pid, byte[] pattern, byte[] buffer)
    {
        Span<byte> environment = stackalloc byte[64];
        Span<byte> memory = stackalloc byte[64];
        _ = Utf8.TryWrite(environment, $"/proc/{pid}/environ\0", out _);
        _ = Utf8.TryWrite(memory, $"/proc/{pid}/statm\0", out _);
        bool carries = ProcFile.Contains(environment, pattern, buffer, out bool isEmpty);
        for (int look = 0; look < MaxLooks && isEmpty && ProcFile.Read(memory, buffer) > 0 && ProcText.ResidentPages(buffer) is not null; look++)
        {
            using var pidfd = new Descriptor(Libc.PidfdOpen(pid));
            _ = !pidfd.IsInvalid && WaitForEnd(pidfd, LookMs);
            carries = ProcFile.Contains(environment, pattern, buffer, out isEmpty);
        }
        return carries;
    }

    private static int PidOf(ref FileSystemEntry entry) => int.TryParse(entry.FileName, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;
}
