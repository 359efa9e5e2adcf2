namespace Snakepit.Pools.Kernel;

/// <summary>Where a worker stands among the workers of the same load that can take a call.</summary>
internal struct WorkerLinks()
{
    /// <summary>The load that it is listed by; -1 outside.</summary>
    public int Load { get; set; } = -1;

    public WorkerNode? Previous { get; set; }

    public WorkerNode? Next { get; set; }

    public void Exchange(KernelImage image)
    {
        Load = image.Of(Load);
        Previous = image.OfMention(Previous);
        Next = image.OfMention(Next);
    }
}
