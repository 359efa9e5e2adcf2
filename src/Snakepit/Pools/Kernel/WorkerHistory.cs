namespace Snakepit.Pools.Kernel;

/// <summary>What a worker has been good for so far.</summary>
internal struct WorkerHistory
{
    /// <summary>Its process is known to exist, or to have existed.</summary>
    public bool HasProcess { get; set; }

    /// <summary>It has answered at least one call.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>It has run at least one call without an error.</summary>
    public bool HasSucceeded { get; set; }

    /// <summary>It has passed at least one check.</summary>
    public bool HasPassed { get; set; }

    /// <summary>Failed calls since the last that succeeded.</summary>
    public int Errors { get; set; }

    public void Exchange(KernelImage image)
    {
        HasProcess = image.Of(HasProcess);
        HasAnswered = image.Of(HasAnswered);
        HasSucceeded = image.Of(HasSucceeded);
        HasPassed = image.Of(HasPassed);
        Errors = image.Of(Errors);
    }
}
