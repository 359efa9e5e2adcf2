namespace Snakepit.Pools.Kernel;

/// <summary>The totals of the calls that a worker has.</summary>
internal struct CallTotals
{
    /// <summary>The number of calls that still have a caller.</summary>
    public int Open { get; set; }

    /// <summary>The number of calls of tools that are slow or unknown.</summary>
    public int Slow { get; set; }

    /// <summary>The expected work of the calls.</summary>
    public long Work { get; set; }

    public int Bytes { get; set; }

    public void Exchange(KernelImage image)
    {
        Open = image.Of(Open);
        Slow = image.Of(Slow);
        Work = image.Of(Work);
        Bytes = image.Of(Bytes);
    }
}
