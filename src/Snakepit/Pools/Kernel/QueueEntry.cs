namespace Snakepit.Pools.Kernel;

/// <summary>The data that decides where a call stands in the queue.</summary>
internal struct QueueEntry
{
    /// <summary>The number of its admission. A call that returns to the queue takes its former position by it.</summary>
    public long Ticket;

    /// <summary>The time at which it was submitted.</summary>
    public long Arrived;

    /// <summary>The lane in which it waits.</summary>
    public int Lane;

    /// <summary>The expected run time when it was admitted.</summary>
    public RunEstimate Run;

    public void Exchange(KernelImage image)
    {
        Ticket = image.Of(Ticket);
        Arrived = image.Of(Arrived);
        Lane = image.Of(Lane);
        Run = new RunEstimate(image.Of(Run.Mean), image.Of(Run.Deviation));
    }
}
