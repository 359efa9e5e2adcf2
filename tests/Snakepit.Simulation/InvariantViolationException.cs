namespace Snakepit.Simulation;

/// <summary>A rule of lifecycle.md does not hold.</summary>
internal sealed class InvariantViolationException(string invariant, string message) : Exception($"{invariant}: {message}")
{
    /// <summary>The name of the rule's method.</summary>
    public string Invariant { get; } = invariant;
}
