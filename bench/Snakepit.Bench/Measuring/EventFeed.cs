namespace Snakepit.Bench.Measuring;

/// <summary>Feeds a pool's events to a watch.</summary>
internal static class EventFeed
{
    /// <summary>Passes on each event until the watch is over.</summary>
    /// <exception cref="InvalidRunException">Some events did not arrive.</exception>
    public static async Task FollowAsync(IAsyncEnumerable<LifecycleEvent> events, Action<LifecycleEvent> take)
    {
        try
        {
            await foreach (LifecycleEvent happened in events)
            {
                if (happened.Dropped > 0)
                {
                    throw new InvalidRunException($"{happened.Dropped} events were lost.");
                }
                take(happened);
            }
        }
        catch (OperationCanceledException)
        {
            // the watch is over
        }
    }
}
