namespace Snakepit.Cli.Advice;

/// <summary>What to change about a pool.</summary>
/// <param name="Level">critical, warning or info.</param>
/// <param name="Reason">What was seen.</param>
/// <param name="Setting">What to set.</param>
internal sealed record Recommendation(string Level, string Reason, string Setting);
