namespace Snakepit.Workers;

/// <summary>
/// Recalls the calls that wait in the channel of a worker without progress: requested under the pool's lock, performed after it. Takes what
/// a live worker holds back on its page.
/// </summary>
internal sealed class Recalls(Outbox outbox, IWorkerEvents events)
{
    private readonly object _gate = new(); // a monitor, because the end waits for a running report
    private bool _wanted;
    private bool _ended;
    private int _underWay;

    public void Ask() => Volatile.Write(ref _wanted, true);

    /// <summary>Takes the replies that the worker holds back, and the calls that it has not begun, when a recall was requested.</summary>
    public void Perform(Scoreboard? board)
    {
        if (board is null || !Volatile.Read(ref _wanted) || !Interlocked.Exchange(ref _wanted, false))
        {
            return;
        }
        Take(board, withCalls: true);
    }

    /// <summary>Takes the replies and items that the worker holds back.</summary>
    public void TakeStaged(Scoreboard? board)
    {
        if (board is not null)
        {
            Take(board, withCalls: false);
        }
    }

    /// <summary>Ends recalls: a reply that is being reported must not count as lost.</summary>
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

    private void Take(Scoreboard board, bool withCalls)
    {
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
            new ReplyFrames(outbox, events).TellStaged(board, exited: false); // the reader continues with its own
            if (withCalls)
            {
                foreach (CallKey call in outbox.TakeBack(board))
                {
                    events.OnRecalled(call);
                }
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
}
