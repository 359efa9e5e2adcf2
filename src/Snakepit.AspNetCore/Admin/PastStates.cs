using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>Keeps what the pools were like in the last half hour, so that the charts of the dashboard do not begin when it is
/// opened.</summary>
internal sealed class PastStates(IServiceProvider provider) : BackgroundService
{
    private const int MostStates = 180; // half an hour
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = provider.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly Queue<PastInfo> _states = [];
    private readonly Lock _gate = new();

    public HistoryInfo Read()
    {
        lock (_gate)
        {
            return new HistoryInfo { States = [.. _states] };
        }
    }

    /// <summary>Keeps what the pools are like now.</summary>
    internal void Look()
    {
        ISnakepit snakepit = provider.GetRequiredService<ISnakepit>();
        var now = new PastInfo
        {
            At = _time.GetUtcNow(), Pools = [.. snakepit.PoolNames.Select(name => Describe(snakepit.GetPool(name).GetSnapshot()))],
        };
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
        using var timer = new PeriodicTimer(s_pace, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Look();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The host stops.
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
