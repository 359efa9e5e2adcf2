namespace Snakepit.Pools.Kernel;

/// <summary>How a worker gets on with the calls that it has.</summary>
internal struct WorkerProgress
{
    /// <summary>Without a reply until then it has stalled.</summary>
    public long StallAt { get; set; }

    /// <summary>It has not replied for too long: until its next reply nothing more waits behind what it runs.</summary>
    public bool Stalled { get; set; }

    /// <summary>It runs a call nobody waits for beyond the cancel grace: no new calls, and death when its other calls are done.</summary>
    public bool Overdue { get; set; }

    /// <summary>It owes a sign of life, in a call.</summary>
    public bool Unresponsive { get; set; }

    public void Exchange(KernelImage image)
    {
        StallAt = image.Of(StallAt);
        Stalled = image.Of(Stalled);
        Overdue = image.Of(Overdue);
        Unresponsive = image.Of(Unresponsive);
    }
}
