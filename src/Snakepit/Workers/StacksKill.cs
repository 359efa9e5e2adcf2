using Snakepit.Frames;
using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>
/// Ends a worker by the signal on which it writes its Python stacks and dies, and by SIGKILL when it takes too long, because it may have
/// another handler for that signal. A worker without a handler yet just dies.
/// </summary>
internal sealed class StacksKill(TimeProvider time)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(100);
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _begun;
    private bool _ended;

    /// <summary>Sends the signal, the first time only.</summary>
    public void Begin(ChildProcess child)
    {
        lock (_gate)
        {
            if (_begun || _ended)
            {
                return;
            }
            _begun = true;
            if (ProcessActivity.Read(child.Pid) is { State: 'T' or 't' })
            {
                child.Kill(); // it is stopped and could write nothing
                return;
            }
            child.Signal(Protocol.SignalStacks);
            _timer = time.CreateTimer(static state => ((ChildProcess)state!).Kill(), child, s_patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Returns the exit as that of a plain kill: the signal that killed the worker is a detail.</summary>
    public ChildExit End(ChildExit exit)
    {
        lock (_gate)
        {
            _ended = true;
            _timer?.Dispose();
            return _begun && exit.Signal == Protocol.SignalStacks ? exit with { Signal = Libc.SigKill } : exit;
        }
    }
}
