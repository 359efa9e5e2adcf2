using System.Globalization;

namespace Snakepit.Bench.Measuring;

/// <summary>Keeps a journal of a pool: every event, and every change of its state, with the pauses that delay its starts.</summary>
internal sealed class PoolJournal : IAsyncDisposable
{
    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(5);
    private readonly IWorkerPool _pool;
    private readonly Journal _journal;
    private readonly CancellationTokenSource _over = new();
    private readonly List<PoolMoment> _moments = [];
    private readonly Task _watching;

    public PoolJournal(IWorkerPool pool, Journal journal)
    {
        (_pool, _journal) = (pool, journal);
        _watching = Task.WhenAll(EventFeed.FollowAsync(pool.WatchAsync(_over.Token), Take), LookAsync());
    }

    /// <summary>The states of the pool, every few milliseconds. Read them after the watch has ended.</summary>
    public IReadOnlyList<PoolMoment> Moments => _moments;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        _over.Dispose();
    }

    private void Take(LifecycleEvent happened) => _journal.Add(happened.At, "event " + happened switch
    {
        WorkerCrashedEvent crashed => $"{nameof(WorkerCrashedEvent)} {crashed.Report}",
        StartFailedEvent failed => string.Create(
            CultureInfo.InvariantCulture,
            $"{nameof(StartFailedEvent)} {failed.Worker}, pause {failed.RetryIn.TotalMilliseconds:0} ms: {failed.Failure.Message}"),
        _ => happened.ToString(),
    });

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(s_period);
        string last = "";
        while (!_over.IsCancellationRequested)
        {
            var moment = PoolMoment.Of(_pool.GetSnapshot());
            _moments.Add(moment);
            string seen = moment.ToString();
            if (seen != last)
            {
                _journal.Add(moment.At, $"pool {last = seen}");
            }
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
