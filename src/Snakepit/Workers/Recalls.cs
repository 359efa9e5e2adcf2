namespace Snakepit.Workers;

/// <summary>Takes back what waits in the channel of a worker that makes no progress: asked for under the pool's lock, done after it.</summary>
internal sealed class Recalls(Outbox outbox, IWorkerEvents events)
{
    private readonly object _gate = new(); // a monitor: the end waits for what is still being told
    private bool _wanted;
    private bool _ended;
    private int _underWay;

    public void Ask() => Volatile.Write(ref _wanted, true);

    /// <summary>Takes the replies that the worker keeps back, and the calls that it has not begun, when that was asked for.</summary>
    public void Perform(Scoreboard? board)
    {
        if (board is null || !Volatile.Read(ref _wanted) || !Interlocked.Exchange(ref _wanted, false))
        {
            return;
        }
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }
            _underWay++;
        }
        try
        {
            new ReplyFrames(outbox, events).TellStaged(board, exited: false); // the reader goes on with its own
            foreach (CallKey call in outbox.TakeBack(board))
            {
                events.OnRecalled(call);
            }
        }
        finally
        {
            lock (_gate)
            {
                _underWay--;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>No more of it: a reply that is being told must not be judged as lost.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            while (_underWay > 0)
            {
                Monitor.Wait(_gate);
            }
        }
    }
}
