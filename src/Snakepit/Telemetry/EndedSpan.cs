using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>A span that is recorded after its end.</summary>
/// <param name="Name">The operation name.</param>
/// <param name="From">The begin.</param>
/// <param name="To">The end.</param>
/// <param name="Parent">The parent; default for none.</param>
internal sealed record EndedSpan(string Name, DateTimeOffset From, DateTimeOffset To, ActivityContext Parent = default)
{
    public ActivityKind Kind { get; init; } = ActivityKind.Internal;

    public IReadOnlyList<KeyValuePair<string, object?>> Attributes { get; init; } = [];

    /// <summary>Other spans that have to do with it.</summary>
    public IReadOnlyList<ActivityContext> Links { get; init; } = [];

    /// <summary>The type of the error in which it ended; null for none.</summary>
    public string? ErrorType { get; init; }

    /// <summary>The message of that error.</summary>
    public string? Problem { get; init; }

    /// <summary>The spans below it. Their parent is set when they are recorded.</summary>
    public IReadOnlyList<EndedSpan> Children { get; init; } = [];
}
