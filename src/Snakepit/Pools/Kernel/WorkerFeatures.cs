namespace Snakepit.Pools.Kernel;

/// <summary>What a worker said of itself when it became ready.</summary>
internal struct WorkerFeatures
{
    /// <summary>Calls that wait in its channel can be taken back, so some may wait there.</summary>
    public bool CanRecall { get; set; }

    /// <summary>There is a way to check its health.</summary>
    public bool CanCheck { get; set; }

    /// <summary>A number for the device it uses; 0: it names none.</summary>
    public int Device { get; set; }

    public void Exchange(KernelImage image)
    {
        CanRecall = image.Of(CanRecall);
        CanCheck = image.Of(CanCheck);
        Device = image.Of(Device);
    }
}
