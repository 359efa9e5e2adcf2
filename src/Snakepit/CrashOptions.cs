namespace Snakepit;

/// <summary>What becomes of inputs that kill workers.</summary>
public sealed class CrashOptions
{
    /// <summary>After how many deaths of workers an input (tool and arguments) that was not answered in between is rejected with
    /// <see cref="InputQuarantinedException"/>. Other calls go on. Default 3; null: never.</summary>
    public int? QuarantineAfter { get; set; } = 3;

    /// <summary>How long such an input is rejected; after that the next death is enough. Default 10 min.</summary>
    public TimeSpan QuarantineTime { get; set; } = TimeSpan.FromMinutes(10);
}
