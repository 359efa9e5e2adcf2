namespace Snakepit.Hosting.Rules;

/// <summary>A queue that holds no call never has room to wait for.</summary>
internal sealed class QueueRoomRule : IPoolOptionsRule
{
    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        if (options.Queue is { WhenFull: QueueFullMode.Wait, Limit: 0 })
        {
            problems.Add(
                $"Pool '{pool}': Queue.WhenFull is Wait and Queue.Limit is 0; a queue that holds no call never has room to wait for. "
                + "Set Queue.Limit to the number of calls that may wait encoded, such as 1000, or Queue.WhenFull to Reject.");
        }
    }
}
