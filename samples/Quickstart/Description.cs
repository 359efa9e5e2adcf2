namespace Quickstart;

/// <summary>What the tool <c>describe</c> returns.</summary>
internal sealed record Description(double? ReadingEase, IReadOnlyList<string> TellingWords);
