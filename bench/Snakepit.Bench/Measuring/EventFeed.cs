namespace Snakepit.Bench.Measuring;

/// <summary>Reads a pool's events for a watch.</summary>
internal static class EventFeed
{
    /// <summary>Takes each event until the watch is over.</summary>
    /// <exception cref="InvalidRunException">Some did not arrive.</exception>
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
