using System.Diagnostics;

namespace Snakepit.Telemetry;

/// <summary>One kind of span: what the documentation knows of it.</summary>
/// <param name="Name">The operation name.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Meaning">The time that it covers, its parent and its links, in Markdown.</param>
/// <param name="Attributes">The attributes that it may have.</param>
internal sealed record SpanSpec(string Name, ActivityKind Kind, string Meaning, params IReadOnlyList<string> Attributes);
