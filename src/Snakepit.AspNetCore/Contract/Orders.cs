using System.Text.Json;

namespace Snakepit.AspNetCore.Contract;

/// <summary>The order to replace workers: one slot, one worker, or with neither all.</summary>
internal sealed record RecycleOrder
{
    /// <summary>The slot whose worker is replaced.</summary>
    public int? Slot { get; init; }

    /// <summary>A worker, such as ml/3#17. If it has been replaced already, nothing happens.</summary>
    public string? Worker { get; init; }

    /// <summary>Whether the answer waits for the replacement. Default true.</summary>
    public bool? Wait { get; init; }
}

/// <summary>The order to give a slot no calls for a time.</summary>
internal sealed record DrainOrder
{
    public required int Slot { get; init; }

    /// <summary>For how long. Default 49 days, the most: until the slot is resumed.</summary>
    public double? Seconds { get; init; }
}

/// <summary>The order to give slots calls again: one, or without one all.</summary>
internal sealed record ResumeOrder
{
    /// <summary>The slot. Default all.</summary>
    public int? Slot { get; init; }
}

/// <summary>The order to change the number of workers.</summary>
internal sealed record ResizeOrder
{
    /// <summary>From 1, or MinReady if that is more, to 10,000.</summary>
    public required int Size { get; init; }

    /// <summary>Whether the answer waits for the workers. Default true.</summary>
    public bool? Wait { get; init; }
}

/// <summary>The order to let quarantined inputs run again: those of one tool, or without one all.</summary>
internal sealed record LiftQuarantineOrder
{
    /// <summary>The tool whose inputs run again. Default all.</summary>
    public string? Tool { get; init; }
}

/// <summary>The order to call a tool.</summary>
internal sealed record CallOrder
{
    public required string Tool { get; init; }

    /// <summary>An object for arguments by name, a list for arguments by position.</summary>
    public JsonElement? Arguments { get; init; }

    /// <summary>The timeout of the call. Default: that of the pool.</summary>
    public double? TimeoutSeconds { get; init; }
}

/// <summary>The order to examine the machine and the pools.</summary>
internal sealed record DoctorOrder
{
    /// <summary>Whether the adapters are loaded, in processes of their own. Default true.</summary>
    public bool? LoadsAdapters { get; init; }
}
