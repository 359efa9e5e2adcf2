namespace Snakepit.Simulation.Fuzz;

/// <summary>A reader broke its contract for an input.</summary>
internal sealed class FuzzException(string message) : Exception(message);
