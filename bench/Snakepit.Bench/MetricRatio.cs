namespace Snakepit.Bench;

/// <summary>A metric's value as a multiple of a reference.</summary>
internal sealed record MetricRatio(string Name, double Ratio, string Reference);
