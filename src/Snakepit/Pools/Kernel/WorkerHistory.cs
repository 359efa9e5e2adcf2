namespace Snakepit.Pools.Kernel;

/// <summary>What a worker has achieved so far.</summary>
internal struct WorkerHistory
{
    /// <summary>Whether its process is known to exist, or to have existed.</summary>
    public bool HasProcess { get; set; }

    /// <summary>Whether it has answered a call.</summary>
    public bool HasAnswered { get; set; }

    /// <summary>Whether it has run a call without an error.</summary>
    public bool HasSucceeded { get; set; }

    /// <summary>Whether it has passed a health check.</summary>
    public bool HasPassed { get; set; }

    /// <summary>The number of failed calls since the last one that succeeded.</summary>
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
