namespace Snakepit.Pools.Kernel;

/// <summary>A worker's position among the available workers of the same load.</summary>
internal struct WorkerLinks()
{
    /// <summary>The load by which it is listed; -1 when it is not listed.</summary>
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
