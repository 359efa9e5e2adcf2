namespace Snakepit;

/// <summary>What becomes of inputs that kill workers, and of places and devices that they die in.</summary>
public sealed class CrashOptions
{
    /// <summary>After how many deaths of workers an input (tool and arguments) that was not answered in between is rejected with
    /// <see cref="InputQuarantinedException"/>. Other calls go on. Default 3; null: never.</summary>
    public int? QuarantineAfter { get; set; } = 3;

    /// <summary>How long such an input is rejected; after that the next death is enough. Default 10 min.</summary>
    public TimeSpan QuarantineTime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Deaths after which the worker's place gets no calls for <see cref="TaintTime"/>, whoever serves there next, and likewise every place whose
    /// worker uses the same device (the adapter's <c>device()</c>). Calls go to other workers, or wait. Default <see cref="CrashKinds.None"/>: off.</summary>
    public CrashKinds TaintOn { get; set; }

    /// <summary>For how long. Default 60 s. <see cref="IWorkerPool.LiftTaint"/> ends it earlier.</summary>
    public TimeSpan TaintTime { get; set; } = TimeSpan.FromSeconds(60);
}
