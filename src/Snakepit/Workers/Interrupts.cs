using System.Text;
using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Interrupts the call that a worker runs, by a signal: requested under the pool's lock, performed after it. The worker's own thread for
/// control frames does it too, and repeats it, but may have to wait for the interpreter's lock.
/// </summary>
internal sealed class Interrupts
{
    private const int StatusSize = 4_096; // bytes of /proc/PID/status that are read; handled signals come in the first 1,500 or so
    private readonly Lock _gate = new();
    private readonly List<CallKey> _calls = [];
    private bool _wanted;

    public void Ask(CallKey call)
    {
        lock (_gate)
        {
            _calls.Add(call);
            Volatile.Write(ref _wanted, true);
        }
    }

    /// <summary>Sends the signal for each requested call that the worker runs. The worker ignores a signal that comes too late.</summary>
    public void Perform(Outbox outbox, Scoreboard? board, ChildProcess? process)
    {
        if (!Volatile.Read(ref _wanted))
        {
            return;
        }
        CallKey[] calls;
        lock (_gate)
        {
            calls = [.. _calls];
            _calls.Clear();
            _wanted = false;
        }
        foreach (CallKey call in calls)
        {
            ulong seq = outbox.NumberOf(call);
            if (seq != 0 && process is not null && board?.Cancel(seq) == true && Survives(process))
            {
                process.Signal(Protocol.SignalInterrupt);
            }
        }
    }

    /// <summary>Returns whether the process has a handler for the signal: a tool may have removed it, and the process would die.</summary>
    private static bool Survives(ChildProcess process)
    {
        Span<byte> status = stackalloc byte[StatusSize];
        int count = ProcFile.Read(Encoding.ASCII.GetBytes($"/proc/{process.Pid}/status\0"), status);
        return count > 0 && ProcText.Handles(status[..count], Protocol.SignalInterrupt);
    }
}
