namespace Snakepit.Pools.Kernel;

/// <summary>Where a call stands in the deadline wheel.</summary>
internal struct WheelEntry
{
    /// <summary>When the wheel looks at the call: queue timeout, deadline, or the end of the cancel grace.</summary>
    public long Due;

    /// <summary>-1 outside the wheel.</summary>
    public int Bucket;

    // Neighbours in the bucket.
    public int Previous;
    public int Next;

    public void Exchange(KernelImage image)
    {
        Due = image.Of(Due);
        Bucket = image.Of(Bucket);
        Previous = image.Of(Previous);
        Next = image.Of(Next);
    }
}
