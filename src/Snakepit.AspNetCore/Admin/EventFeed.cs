using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Snakepit.AspNetCore.Contract;

namespace Snakepit.AspNetCore.Admin;

/// <summary>
/// What one reader of events gets: each event as it happens and, if the reader wants them, states of the pools at its pace, and soon after
/// events. A reader that is too slow has lost events, so that it would show something wrong: it is told, and its stream ends.
/// </summary>
/// <param name="admin">The pools.</param>
/// <param name="pool">The pool that the reader is interested in; null for all.</param>
/// <param name="pace">The time between two states; null for no states.</param>
internal sealed class EventFeed(AdminService admin, string? pool, TimeSpan? pace)
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    public async IAsyncEnumerable<SseItem<string>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, admin.Stopping);
        using PeriodicTimer? looks = pace is null ? null : new PeriodicTimer(s_look, admin.Time);
        IAsyncEnumerator<LifecycleEvent> events = Watch(ending.Token).GetAsyncEnumerator(CancellationToken.None);
        Task<bool> next = events.MoveNextAsync().AsTask(); // from here on no event is missed
        Task look = LookAsync(looks, ending.Token);
        try
        {
            // Without a state, something else takes the headers to the reader before the first event.
            yield return pace is null ? new SseItem<string>("{}", "open") : State();
            long statedAt = admin.Time.GetTimestamp();
            bool hasNews = false;
            while (true)
            {
                await Task.WhenAny(next, look).ConfigureAwait(false);
                if (next.IsCompleted)
                {
                    if (next.IsCanceled || !await next.ConfigureAwait(false))
                    {
                        yield break;
                    }
                    LifecycleEvent happened = events.Current;
                    if (happened.Dropped > 0)
                    {
                        yield return Dropped(happened.Dropped);
                        yield break;
                    }
                    hasNews = true;
                    yield return new SseItem<string>(
                        JsonSerializer.Serialize(DescribeEvent.Of(happened), ContractJson.Default.EventInfo), "event");
                    next = events.MoveNextAsync().AsTask();
                }
                else if (ending.IsCancellationRequested)
                {
                    yield break;
                }
                else
                {
                    look = LookAsync(looks, ending.Token);
                    if (hasNews || admin.Time.GetElapsedTime(statedAt) >= pace)
                    {
                        (hasNews, statedAt) = (false, admin.Time.GetTimestamp());
                        yield return State();
                    }
                }
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await look.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await events.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Completes when a state may be due; without a timer when the reader leaves.</summary>
    private Task LookAsync(PeriodicTimer? looks, CancellationToken cancellationToken) =>
        looks?.WaitForNextTickAsync(cancellationToken).AsTask() ?? Task.Delay(Timeout.InfiniteTimeSpan, admin.Time, cancellationToken);

    private IAsyncEnumerable<LifecycleEvent> Watch(CancellationToken cancellationToken) =>
        pool is null ? admin.Snakepit.WatchAsync(cancellationToken) : admin.Snakepit.GetPool(pool).WatchAsync(cancellationToken);

    private SseItem<string> State()
    {
        IEnumerable<string> names = pool is null ? admin.Snakepit.PoolNames.Order(StringComparer.OrdinalIgnoreCase) : [pool];
        BudgetSnapshot budget = admin.Snakepit.GetBudget();
        var state = new StateInfo
        {
            At = admin.Time.GetUtcNow(),
            Pools = [.. names.Select(name => Of(admin.Snakepit.GetPool(name)))],
            Budget = budget.Pools.Count == 0 ? null : Describe.Budget(budget),
        };
        return new SseItem<string>(JsonSerializer.Serialize(state, ContractJson.Default.StateInfo), "state");
    }

    private static PoolInfo Of(IWorkerPool pool)
    {
        PoolSnapshot now = pool.GetSnapshot();
        return Describe.Pool(now) with
        {
            Workers = [.. now.Workers.Select(Describe.Worker)],
            Tools = [.. pool.GetToolStatistics().Select(Describe.Tool)],
        };
    }

    private SseItem<string> Dropped(long lost)
    {
        admin.Logger.ReaderDropped(lost);
        var dropped = new DroppedInfo
        {
            Lost = lost, Detail = "This reader was too slow and has lost events. Connect again, and read the present state.",
        };
        return new SseItem<string>(JsonSerializer.Serialize(dropped, ContractJson.Default.DroppedInfo), "dropped");
    }
}
