namespace Snakepit.Pools.Kernel;

/// <summary>A worker that retires and gives its sessions away, one after another.</summary>
internal sealed class SessionGiver
{
    public WorkerKey Worker { get; set; }

    /// <summary>The worker that is to take the next session over; none while there is no such worker.</summary>
    public WorkerKey Heir { get; set; }

    /// <summary>Whether the heir takes no calls that others may have, until it has taken the sessions over.</summary>
    public bool IsExpected { get; set; }

    /// <summary>The sessions that it has not tried to give away, and maybe some that are no longer there.</summary>
    public Queue<ulong> Untried { get; } = [];

    public void Exchange(KernelImage image)
    {
        Worker = image.Of(Worker);
        Heir = image.Of(Heir);
        IsExpected = image.Of(IsExpected);
        int count = image.Of(Untried.Count);
        ulong[] saved = [.. Untried];
        Untried.Clear();
        for (int i = 0; i < count; i++)
        {
            Untried.Enqueue(image.Of(image.IsLoading ? 0 : saved[i]));
        }
    }
}
