namespace Snakepit.Pools.Kernel;

/// <summary>What decides where a call stands in the queue.</summary>
internal struct QueueEntry
{
    /// <summary>The order of admission: a call that returns to the queue takes its old place.</summary>
    public long Ticket;

    /// <summary>When it was submitted.</summary>
    public long Arrived;

    /// <summary>The lane it waits in.</summary>
    public int Lane;

    /// <summary>How long it was expected to run when it was admitted.</summary>
    public RunEstimate Run;

    public void Exchange(KernelImage image)
    {
        Ticket = image.Of(Ticket);
        Arrived = image.Of(Arrived);
        Lane = image.Of(Lane);
        Run = new RunEstimate(image.Of(Run.Mean), image.Of(Run.Deviation));
    }
}
