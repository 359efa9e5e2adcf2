namespace Quickstart;

/// <summary>The result of the tool <c>describe</c>.</summary>
internal sealed record Description(double? ReadingEase, IReadOnlyList<string> TellingWords);
