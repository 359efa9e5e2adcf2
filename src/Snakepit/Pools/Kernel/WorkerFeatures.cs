namespace Snakepit.Pools.Kernel;

/// <summary>How a worker was made, and what it reported about itself when it became ready.</summary>
internal struct WorkerFeatures
{
    public WorkerMake Make { get; set; }

    /// <summary>Whether calls that wait in its channel can be recalled, so that calls may wait there.</summary>
    public bool CanRecall { get; set; }

    /// <summary>Whether its health can be checked.</summary>
    public bool CanCheck { get; set; }

    /// <summary>Whether it can give sessions away with their state, and take them over.</summary>
    public bool CanMove { get; set; }

    /// <summary>A number for the device that it uses; 0 when it names none.</summary>
    public int Device { get; set; }

    public void Exchange(KernelImage image)
    {
        Make = WorkerMake.Exchange(Make, image);
        CanRecall = image.Of(CanRecall);
        CanCheck = image.Of(CanCheck);
        CanMove = image.Of(CanMove);
        Device = image.Of(Device);
    }
}
