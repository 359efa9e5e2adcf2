namespace Snakepit;

/// <summary>The host tools of a pool, and options for all of them.</summary>
public sealed class HostToolOptions : HostToolCollection
{
    /// <summary>Gets or sets how many host tools run at once for this pool, those of its sessions included; further calls wait. Default 64;
    /// at least 1.</summary>
    public int MaxConcurrent { get; set; } = 64;

    /// <summary>Gets or sets whether Python gets the stack trace of an exception that a host tool throws. Default false.</summary>
    public bool SendStacks { get; set; }
}
