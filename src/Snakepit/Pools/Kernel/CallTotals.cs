namespace Snakepit.Pools.Kernel;

/// <summary>What the calls that a worker has come to, taken together.</summary>
internal struct CallTotals
{
    /// <summary>How many of them still have a caller.</summary>
    public int Open { get; set; }

    /// <summary>How many of them are of tools that are not fast, or not known.</summary>
    public int Slow { get; set; }

    /// <summary>The work they are expected to be.</summary>
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
