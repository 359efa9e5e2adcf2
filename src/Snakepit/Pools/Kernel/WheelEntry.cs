namespace Snakepit.Pools.Kernel;

/// <summary>A call's position in the deadline wheel.</summary>
internal struct WheelEntry
{
    /// <summary>The call's due time: queue timeout, deadline, or the end of the grace time.</summary>
    public long Due;

    /// <summary>The bucket; -1 outside the wheel.</summary>
    public int Bucket;

    // The neighbours in the bucket.
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
