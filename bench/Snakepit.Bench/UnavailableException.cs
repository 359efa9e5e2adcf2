namespace Snakepit.Bench;

/// <summary>This machine lacks something that a scenario needs; the message says what.</summary>
internal sealed class UnavailableException(string message) : Exception(message);
