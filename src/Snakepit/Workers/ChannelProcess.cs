using Snakepit.Processes;
using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Workers;

/// <summary>The process behind a channel: it can be killed, and its exit becomes known.</summary>
internal sealed class ChannelProcess(TimeProvider time, OomKills? oomKills)
{
    private readonly StacksKill _stacksKill = new(time);
    private readonly LiveStacks _liveStacks = new(time);
    private ChildProcess? _child;
    private OomCount? _oomCount;
    private volatile bool _killed;

    public int Id => _child?.Pid ?? 0;

    public Interrupts Interrupts { get; } = new();

    /// <summary>How the process ended, once it has.</summary>
    public ChildExit Exit { get; private set; }

    public void OnStarted(ChildProcess child)
    {
        _child = child;
        _oomCount = oomKills?.Begin(child.Pid);
    }

    public void OnExited(ChildExit exit)
    {
        exit = _stacksKill.End(exit);
        bool isForeign = exit.Signal == Libc.SigKill && !_killed;
        Exit = isForeign && _oomCount is { } begun ? exit with { OutOfMemory = oomKills!.Explain(begun) } : exit;
    }

    public void Terminate()
    {
        _killed = true;
        _child?.Terminate();
    }

    /// <summary>Interrupts the calls that <see cref="Interrupts"/> has been asked for.</summary>
    public void Interrupt(Outbox outbox, Scoreboard? board) => Interrupts.Perform(outbox, board, _child);

    public void Kill()
    {
        _killed = true;
        _child?.Kill();
    }

    public Task<string?> ReadStacksAsync(Scoreboard board, CancellationToken cancellationToken) =>
        _child is { } child && !_killed ? _liveStacks.ReadAsync(child, board, cancellationToken) : Task.FromResult<string?>(null);

    public void KillWithStacks()
    {
        _killed = true;
        if (_child is { } child)
        {
            _stacksKill.Begin(child);
        }
    }
}
