namespace Snakepit.Simulation.Fuzz;

/// <summary>A reader did what it must not do.</summary>
internal sealed class FuzzException(string message) : Exception(message);
