using System.Text.Json;

namespace Snakepit.AspNetCore.Contract;

/// <summary>A tool with the counts of its calls. What the adapter says of it is null when no adapter has the tool.</summary>
internal sealed record ToolInfo
{
    public required string Name { get; init; }

    /// <summary>The signature as Python writes it, such as <c>add(a: int, b=2)</c>.</summary>
    public string? Signature { get; init; }

    public string? Description { get; init; }

    public bool? IsIdempotent { get; init; }

    /// <summary>interrupt, cooperative or kill.</summary>
    public string? Cancellation { get; init; }

    /// <summary>The JSON schema of the arguments.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>The JSON schema of the result.</summary>
    public JsonElement? Result { get; init; }

    public required long Calls { get; init; }

    public required long Failed { get; init; }

    public double? MedianSeconds { get; init; }

    public double? P99Seconds { get; init; }

    /// <summary>
    /// The memory that a call leaves behind in its worker, as estimated; 0 when no growth is certain, null while too little is known.
    /// </summary>
    public long? MemoryPerCallBytes { get; init; }
}

/// <summary>The tools of a pool.</summary>
internal sealed record ToolList
{
    public required string Pool { get; init; }

    public required IReadOnlyList<ToolInfo> Tools { get; init; }
}
