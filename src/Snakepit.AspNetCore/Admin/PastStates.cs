using Microsoft.Extensions.Hosting;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Keeps what the pools were like in the last half hour, so that the charts of the dashboard do not begin when it is
/// opened.</summary>
internal sealed class PastStates(AdminService admin) : BackgroundService
{
    private const int MostStates = 180; // half an hour
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(10);

    private readonly Queue<PastInfo> _states = [];
    private readonly Lock _gate = new();

    public HistoryInfo Read()
    {
        lock (_gate)
        {
            return new HistoryInfo { States = [.. _states] };
        }
    }

    /// <summary>Keeps what the pools are like now. The application is worth more than its history: a moment that cannot be described, as
    /// when a reload removes a pool, is left out.</summary>
    internal void Look()
    {
        PastInfo now;
        try
        {
            now = new PastInfo
            {
                At = admin.Time.GetUtcNow(),
                Pools = [.. admin.Snakepit.PoolNames.Select(name => Describe(admin.Snakepit.GetPool(name).GetSnapshot()))],
            };
        }
        catch (Exception error)
        {
            admin.Logger.MomentLeftOut(Shown.Headline(error));
            return;
        }
        lock (_gate)
        {
            _states.Enqueue(now);
            if (_states.Count > MostStates)
            {
                _states.Dequeue();
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_pace, admin.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            Look();
        }
    }

    private static PastPoolInfo Describe(PoolSnapshot pool) => new()
    {
        Name = pool.Name,
        Running = pool.Running,
        Waiting = pool.QueueLength + pool.WaitingForRoom,
        MedianSeconds = pool.MedianDuration?.TotalSeconds,
        P99Seconds = pool.Percentile99Duration?.TotalSeconds,
        MemoryBytes = pool.Workers.Where(static worker => worker.Memory is not null)
            .ToDictionary(static worker => worker.Id.ToString(), static worker => worker.Memory!.Current.Bytes),
    };
}
